/* Makes the Nth call on files of one folder fail: open, read, write, rename, fsync, truncate, mkdir, unlink, as the C library has them.

   Loaded with LD_PRELOAD. `failing_arm(folder, nth, error)` begins to count in this process, standard output and error included;
   children that are started are not armed. `failing_count()` tells how many calls there were, `failing_what()` which one failed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define MOST 4096
static char folder[4096];
static size_t length;
static int error_number;
static long nth;
static atomic_long count;
static char watched[MOST];
static char what[256];

void failing_arm(const char *path, long number, int error) {
    snprintf(folder, sizeof folder, "%s", path);
    length = strlen(folder);
    nth = number; error_number = error; atomic_store(&count, 0); what[0] = 0;
    watched[1] = 1;
}
long failing_count(void) { return atomic_load(&count); }
const char *failing_what(void) { return what; }

static int inside(const char *path) { return length && path && !strncmp(path, folder, length); }

static int fails(const char *name, const char *path) {
    if (atomic_fetch_add(&count, 1) + 1 != nth) return 0;
    snprintf(what, sizeof what, "%s %s", name, path ? path + (inside(path) ? length : 0) : "");
    errno = error_number;
    return 1;
}
static int file_fails(const char *name, int fd) {
    return length && fd >= 0 && fd < MOST && watched[fd] && fails(name, NULL);
}
static int noted(int fd, const char *path) {
    if (fd >= 0 && fd < MOST) watched[fd] = (fd == 1 && length) || inside(path);
    return fd;
}
#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, #name)

#define OPEN(name)                                                             \
    int name(const char *path, int flags, ...) {                               \
        REAL(int, name, const char *, int, ...);                               \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, mode_t); va_end(rest); \
        if (inside(path) && fails("open", path)) return -1;                    \
        return noted(real(path, flags, mode), path);                           \
    }
OPEN(open)
OPEN(open64)
ssize_t read(int fd, void *data, size_t size) {
    REAL(ssize_t, read, int, void *, size_t);
    return file_fails("read", fd) ? -1 : real(fd, data, size);
}
ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, write, int, const void *, size_t);
    return file_fails("write", fd) ? -1 : real(fd, data, size);
}
#define AT(type, name, data_type, word)                                        \
    ssize_t name(int fd, data_type data, size_t size, off64_t at) {            \
        REAL(ssize_t, name, int, data_type, size_t, off64_t);                  \
        return file_fails(word, fd) ? -1 : real(fd, data, size, at);           \
    }
AT(ssize_t, pread, void *, "read")
AT(ssize_t, pread64, void *, "read")
AT(ssize_t, pwrite, const void *, "write")
AT(ssize_t, pwrite64, const void *, "write")
/* Nothing loses its power here, so what does not fail need not wait for a disk either. */
#define FILE_CALL(name)                                                        \
    int name(int fd) { return file_fails(#name, fd) ? -1 : 0; }
FILE_CALL(fsync)
FILE_CALL(fdatasync)
#define TRUNCATE(name)                                                         \
    int name(int fd, off64_t size) {                                           \
        REAL(int, name, int, off64_t);                                         \
        return file_fails("truncate", fd) ? -1 : real(fd, size);               \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)
int close(int fd) {
    REAL(int, close, int);
    if (fd >= 0 && fd < MOST) watched[fd] = 0;
    return real(fd);
}
int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    return inside(to) && fails("rename", to) ? -1 : real(from, to);
}
int mkdir(const char *path, mode_t mode) {
    REAL(int, mkdir, const char *, mode_t);
    return inside(path) && fails("mkdir", path) ? -1 : real(path, mode);
}
int unlink(const char *path) {
    REAL(int, unlink, const char *);
    return inside(path) && fails("unlink", path) ? -1 : real(path);
}
