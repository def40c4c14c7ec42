/* macros.h - the few macros that the other headers are written with.
 *
 * Nothing here is needed by a caller.  DUSQ_API marks what the shared library exports; the rest tell the compiler what
 * the comments tell the reader, and are empty where a compiler cannot use them.                                      */
#ifndef DUSQ_MACROS_H
#define DUSQ_MACROS_H

#ifdef __cplusplus
#define DUSQ_BEGIN_DECLS extern "C" {
#define DUSQ_END_DECLS }
#else
#define DUSQ_BEGIN_DECLS
#define DUSQ_END_DECLS
#endif

#if defined(__GNUC__) || defined(__clang__)
#define DUSQ_API __attribute__((visibility("default")))
#define DUSQ_MUST_USE __attribute__((warn_unused_result))
#define DUSQ_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#else
#define DUSQ_API
#define DUSQ_MUST_USE
#define DUSQ_PRINTF(format_at, first_at)
#endif

#endif
