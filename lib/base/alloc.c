/* alloc.c - see alloc.h.  The hook is set before any other call of the library, and only read afterwards. */
#include "base/alloc.h"
#include <dusq/config.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static dusq_allocator hook; /* written by dusq_set_allocator before `used` becomes true */
static atomic_bool hooked;
static atomic_bool used;

dusq_status dusq_set_allocator(const dusq_allocator *allocator)
{
  if (allocator && (allocator->size < sizeof *allocator || !allocator->allocate || !allocator->reallocate ||
                    !allocator->release))
    return DUSQ_E_INVAL;
  if (atomic_load_explicit(&used, memory_order_acquire))
    return DUSQ_E_BUSY;
  if (allocator)
    hook = *allocator;
  atomic_store_explicit(&hooked, allocator != NULL, memory_order_release);
  return DUSQ_OK;
}

static void mark_used(void)
{
  if (!atomic_load_explicit(&used, memory_order_relaxed))
    atomic_store_explicit(&used, true, memory_order_release);
}

void *dusq__alloc(size_t size)
{
  mark_used();
  size = size ? size : 1;
  if (atomic_load_explicit(&hooked, memory_order_relaxed))
    return hook.allocate(size, hook.arg);
  return malloc(size);
}

void *dusq__zalloc(size_t size)
{
  void *memory = dusq__alloc(size);
  if (memory)
    memset(memory, 0, size);
  return memory;
}

void *dusq__alloc_array(size_t n, size_t size)
{
  if (size && n > SIZE_MAX / size)
    return NULL;
  return dusq__alloc(n * size);
}

void *dusq__realloc_array(void *memory, size_t n, size_t size)
{
  if (size && n > SIZE_MAX / size)
    return NULL;
  mark_used();
  size_t bytes = n && size ? n * size : 1;
  if (atomic_load_explicit(&hooked, memory_order_relaxed))
    return memory ? hook.reallocate(memory, bytes, hook.arg) : hook.allocate(bytes, hook.arg);
  return realloc(memory, bytes);
}

void dusq__free(void *memory)
{
  if (!memory)
    return;
  if (atomic_load_explicit(&hooked, memory_order_relaxed))
    hook.release(memory, hook.arg);
  else
    free(memory);
}

char *dusq__strndup(const char *text, size_t len)
{
  if (len == SIZE_MAX)
    return NULL;
  char *copy = dusq__alloc(len + 1);
  if (!copy)
    return NULL;
  if (len)
    memcpy(copy, text, len);
  copy[len] = '\0';
  return copy;
}

char *dusq__strdup(const char *text)
{
  return dusq__strndup(text, strlen(text));
}

void dusq__free_secret(char *text)
{
  if (!text)
    return;
  volatile char *byte = text; /* volatile, so that the stores are not optimised away */
  while (*byte)
    *byte++ = '\0';
  dusq__free(text);
}
