// Put between the agent and libc by LD_PRELOAD: what a dying disk and a wrong clock look like from inside of a process.
// The 16 bytes at LANDFALL_SHIM say what is wrong right now: int32 errno of fsync (0: none), int32 unused, int64
// milliseconds that the wall clock is off. They are mapped, so that a test changes them while the agent runs.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct order {
  int32_t fsync_errno;
  int32_t unused;
  int64_t clock_offset_ms;
};

static const struct order nothing;
static const volatile struct order *now_wrong = &nothing;

__attribute__((constructor)) static void open_order(void) {
  const char *path = getenv("LANDFALL_SHIM");
  int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *mapped = mmap(NULL, sizeof(struct order), PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped != MAP_FAILED) now_wrong = mapped;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int fd) {
  if (now_wrong->fsync_errno == 0) return REAL(fsync)(fd);
  errno = now_wrong->fsync_errno;
  return -1;
}

int fdatasync(int fd) {
  return fsync(fd);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = REAL(clock_gettime);
  int result = real(clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) {
    time->tv_sec += now_wrong->clock_offset_ms / 1000;
  }
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  static int (*real)(struct timeval *restrict, void *restrict);
  if (!real) real = REAL(gettimeofday);
  int result = real(time, zone);
  if (result == 0 && time) time->tv_sec += now_wrong->clock_offset_ms / 1000;
  return result;
}
