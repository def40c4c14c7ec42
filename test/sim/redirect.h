/* redirect.h - included before everything else when the library is compiled for the simulator: what it asks of
 * threads, locks, clocks and atomics is asked of the simulator instead, and each such call is a point where another
 * thread may go on.  The sources themselves are those of the shipped library.                                        */
#ifndef DUSQ_SIM_REDIRECT_H
#define DUSQ_SIM_REDIRECT_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void sim_point(void);
int sim_mutex_init(pthread_mutex_t *mutex);
int sim_mutex_lock(pthread_mutex_t *mutex);
int sim_mutex_unlock(pthread_mutex_t *mutex);
int sim_mutex_destroy(pthread_mutex_t *mutex);
int sim_cond_init(pthread_cond_t *cond);
int sim_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until);
int sim_cond_signal(pthread_cond_t *cond);
int sim_cond_broadcast(pthread_cond_t *cond);
int sim_once(pthread_once_t *once, void (*init)(void));
int sim_create(pthread_t *out, const pthread_attr_t *attr, void *(*run)(void *), void *arg);
int sim_join(pthread_t thread);
int sim_detach(pthread_t thread);
int sim_clock(struct timespec *out);
int sim_yield(void);
long sim_syscall(long number, ...);

#define pthread_mutex_init(m, a) sim_mutex_init(m)
#define pthread_mutex_lock(m) sim_mutex_lock(m)
#define pthread_mutex_unlock(m) sim_mutex_unlock(m)
#define pthread_mutex_destroy(m) sim_mutex_destroy(m)
#define pthread_cond_init(c, a) sim_cond_init(c)
#define pthread_cond_destroy(c) ((void)(c))
#define pthread_cond_wait(c, m) sim_cond_wait(c, m, NULL)
#define pthread_cond_timedwait(c, m, t) sim_cond_wait(c, m, t)
#define pthread_cond_signal(c) sim_cond_signal(c)
#define pthread_cond_broadcast(c) sim_cond_broadcast(c)
#define pthread_once(o, f) sim_once(o, f)
#define pthread_create(t, a, f, x) sim_create(t, a, f, x)
#define pthread_join(t, r) sim_join(t)
#define pthread_detach(t) sim_detach(t)
#define pthread_setcancelstate(s, o) (*(o) = 0)
#define pthread_setname_np(t, n) ((void)(n))
#define pthread_sigmask(h, s, o) ((void)(s), (void)(o))
#define clock_gettime(c, t) sim_clock(t)
#define sched_yield() sim_yield()
#define syscall(...) sim_syscall(__VA_ARGS__)

/* One thread of the machine runs all of them: what each has for itself is exchanged when they take turns. */
#define _Thread_local __attribute__((section("sim_threads")))

/* Only one runs at a time, so any order is as good as the strongest. */
#ifdef __clang__
#define SIM_ATOMIC(name) __c11_atomic_##name
#define SIM_LOAD(p) SIM_ATOMIC(load)(p, __ATOMIC_SEQ_CST)
#define SIM_STORE(p, v) SIM_ATOMIC(store)(p, v, __ATOMIC_SEQ_CST)
#define SIM_EXCHANGE(p, v) SIM_ATOMIC(exchange)(p, v, __ATOMIC_SEQ_CST)
#define SIM_SWAP(p, e, v) SIM_ATOMIC(compare_exchange_strong)(p, e, v, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#else
#define SIM_ATOMIC(name) __atomic_##name
#define SIM_LOAD(p) __atomic_load_n(p, __ATOMIC_SEQ_CST)
#define SIM_STORE(p, v) __atomic_store_n(p, v, __ATOMIC_SEQ_CST)
#define SIM_EXCHANGE(p, v) __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define SIM_SWAP(p, e, v) __atomic_compare_exchange_n(p, e, v, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#endif
#undef atomic_load
#undef atomic_load_explicit
#undef atomic_store
#undef atomic_store_explicit
#undef atomic_exchange
#undef atomic_exchange_explicit
#undef atomic_compare_exchange_strong
#undef atomic_compare_exchange_strong_explicit
#undef atomic_compare_exchange_weak
#undef atomic_fetch_add
#undef atomic_fetch_add_explicit
#undef atomic_fetch_sub
#undef atomic_fetch_sub_explicit
#undef atomic_fetch_or
#undef atomic_fetch_or_explicit
#undef atomic_fetch_and
#undef atomic_fetch_and_explicit
#define atomic_load(p) (sim_point(), SIM_LOAD(p))
#define atomic_load_explicit(p, o) (sim_point(), SIM_LOAD(p))
#define atomic_store(p, v) (sim_point(), SIM_STORE(p, v))
#define atomic_store_explicit(p, v, o) (sim_point(), SIM_STORE(p, v))
#define atomic_exchange(p, v) (sim_point(), SIM_EXCHANGE(p, v))
#define atomic_exchange_explicit(p, v, o) (sim_point(), SIM_EXCHANGE(p, v))
#define atomic_compare_exchange_strong(p, e, v) (sim_point(), SIM_SWAP(p, e, v))
#define atomic_compare_exchange_strong_explicit(p, e, v, s, f) (sim_point(), SIM_SWAP(p, e, v))
#define atomic_compare_exchange_weak(p, e, v) (sim_point(), SIM_SWAP(p, e, v))
#define atomic_fetch_add(p, v) (sim_point(), SIM_ATOMIC(fetch_add)(p, v, __ATOMIC_SEQ_CST))
#define atomic_fetch_add_explicit(p, v, o) atomic_fetch_add(p, v)
#define atomic_fetch_sub(p, v) (sim_point(), SIM_ATOMIC(fetch_sub)(p, v, __ATOMIC_SEQ_CST))
#define atomic_fetch_sub_explicit(p, v, o) atomic_fetch_sub(p, v)
#define atomic_fetch_or(p, v) (sim_point(), SIM_ATOMIC(fetch_or)(p, v, __ATOMIC_SEQ_CST))
#define atomic_fetch_or_explicit(p, v, o) atomic_fetch_or(p, v)
#define atomic_fetch_and(p, v) (sim_point(), SIM_ATOMIC(fetch_and)(p, v, __ATOMIC_SEQ_CST))
#define atomic_fetch_and_explicit(p, v, o) atomic_fetch_and(p, v)

#endif
