# dusq.m4 - asking the compiler and the linker whether they take a flag.

# DUSQ_CC_FLAG(FLAG, VARIABLE)
# Appends FLAG to VARIABLE when the compiler takes it without a warning.
AC_DEFUN([DUSQ_CC_FLAG],
[AS_VAR_PUSHDEF([cached], [dusq_cv_cc_flag_$1])dnl
AC_CACHE_CHECK([whether $CC accepts $1], [cached],
  [dusq_saved_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -Werror $1"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])], [AS_VAR_SET([cached], [yes])], [AS_VAR_SET([cached], [no])])
  CFLAGS=$dusq_saved_CFLAGS])
AS_VAR_IF([cached], [yes], [$2="$$2 $1"])
AS_VAR_POPDEF([cached])])

# DUSQ_LD_FLAG(FLAG, VARIABLE, [COMPILER-FLAGS = -shared -fPIC])
# Appends FLAG to VARIABLE when a shared library can be linked with it.
AC_DEFUN([DUSQ_LD_FLAG],
[AS_VAR_PUSHDEF([cached], [dusq_cv_ld_flag_$1])dnl
AC_CACHE_CHECK([whether the linker accepts $1], [cached],
  [dusq_saved_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -Werror m4_default([$3], [-shared -fPIC]) $1"
  AC_LINK_IFELSE([AC_LANG_SOURCE([[int dusq_probe(void);
int dusq_probe(void) { return 0; }
int main(void) { return dusq_probe(); }]])], [AS_VAR_SET([cached], [yes])], [AS_VAR_SET([cached], [no])])
  CFLAGS=$dusq_saved_CFLAGS])
AS_VAR_IF([cached], [yes], [$2="$$2 $1"])
AS_VAR_POPDEF([cached])])

# DUSQ_NO_SUCH_BACKEND(NAME)
# The option of a backend that this release does not have: auto means no, yes is an error.
AC_DEFUN([DUSQ_NO_SUCH_BACKEND],
[AC_ARG_WITH([$1], [AS_HELP_STRING([--with-$1=auto|yes|no], [not in this release: auto means no])],
  [], [with_$1=auto])
AS_CASE([$with_$1], [auto|no], [with_$1=no],
  [yes], [AC_MSG_ERROR([--with-$1=yes: this release has no $1 backend])],
  [AC_MSG_ERROR([--with-$1 takes auto, yes or no, not "$with_$1"])])])
