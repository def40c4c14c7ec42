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

# DUSQ_WITH_BACKEND(NAME, HELP)
# The option --with-NAME=auto|yes|no, in with_NAME.
AC_DEFUN([DUSQ_WITH_BACKEND],
[AC_ARG_WITH([$1], [AS_HELP_STRING([--with-$1=auto|yes|no], [$2 [auto]])], [], [with_$1=auto])
AS_CASE([$with_$1], [auto|yes|no], [],
  [AC_MSG_ERROR([--with-$1 takes auto, yes or no, not "$with_$1"])])])

# DUSQ_FOUND_BACKEND(NAME, WHAT)
# Its driver was found, and is WHAT.
AC_DEFUN([DUSQ_FOUND_BACKEND],
[with_$1=yes
$1_says="yes, $2"
DUSQ_CPPFLAGS="$DUSQ_CPPFLAGS -DDUSQ_WITH_[]m4_toupper($1)=1"])

# DUSQ_NO_BACKEND(NAME, WHY)
# It was not: an error where it was asked for.
AC_DEFUN([DUSQ_NO_BACKEND],
[AS_IF([test "$with_$1" = yes], [AC_MSG_ERROR([--with-$1=yes: $2])])
with_$1=no
$1_says="no: $2"])
