/*
 * labminer: a HARMLESS STAND-IN for a cryptocurrency miner, for the disposable hosts of this range only. It mines nothing.
 * It burns a bounded share of CPU, keeps one connection to the range's fake pool, and talks a few lines of fake stratum over it.
 * It refuses any pool outside the range's test addresses, never uses more than one core, and ends itself after twenty minutes.
 *
 * usage: labminer [-B] -o stratum+tcp://HOST:PORT -u WALLET [-p PASS] [--cpu PERCENT] [--threads N]
 *   -B  go to the background. A second instance of the same file ends at once, so a scheduler may start it every minute.
 * Where systemd watches it (NOTIFY_SOCKET), it gives a sign of life five times a second, so that stopping it is noticed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LIFETIME = 20 * 60, WINDOW_MS = 100, MAX_CPU = 100, MAX_THREADS = 8, SHARE_EVERY_S = 15 };

static int cpu = 25, threads = 2;
static volatile unsigned long sink;

static long now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

/* Busy for its part of every window, asleep for the rest. */
static void *burn(void *unused) {
  (void)unused;
  long busy = (long)WINDOW_MS * 1000 * cpu / 100 / threads;
  for (;;) {
    long start = now_us();
    while (now_us() - start < busy)
      for (int i = 0; i < 2000; i++) sink = sink * 6364136223846793005UL + 1442695040888963407UL;
    usleep((useconds_t)(WINDOW_MS * 1000 - busy));
  }
  return NULL;
}

/* Only 127.0.0.0/8 and TEST-NET-3 (203.0.113.0/24), which is routed nowhere. */
static int in_range(struct in_addr a) {
  unsigned long ip = ntohl(a.s_addr);
  return (ip >> 24) == 127 || (ip >> 8) == 0xCB0071;
}

static int dial(const char *host, const char *port) {
  struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
  if (getaddrinfo(host, port, &hints, &found) != 0) return -1;
  struct sockaddr_in to = *(struct sockaddr_in *)found->ai_addr;
  freeaddrinfo(found);
  if (!in_range(to.sin_addr)) {
    fprintf(stderr, "labminer: %s is not in the range; refusing\n", host);
    exit(64);
  }
  int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
  if (s < 0) return -1;
  setsockopt(s, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (connect(s, (struct sockaddr *)&to, sizeof to) == 0) return s;
  close(s);
  return -1;
}

/* One long-lived connection: a login, then a share now and then, until the pool hangs up. */
static void talk(int s, const char *wallet, const char *pass) {
  char line[1024];
  int n = snprintf(line, sizeof line,
                   "{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"login\",\"params\":{\"login\":\"%s\",\"pass\":\"%s\","
                   "\"agent\":\"labminer/1 harmless stand-in\",\"algo\":[\"rx/0\"]}}\n", wallet, pass);
  if (n < 0 || n >= (int)sizeof line || send(s, line, (size_t)n, MSG_NOSIGNAL) < 0) return;
  for (int id = 2;; id++) {
    struct pollfd p = {.fd = s, .events = POLLIN};
    long until = now_us() + SHARE_EVERY_S * 1000000L, left;
    while ((left = until - now_us()) > 0)
      if (poll(&p, 1, (int)(left / 1000) + 1) > 0 && recv(s, line, sizeof line, 0) <= 0) return;
    n = snprintf(line, sizeof line, "{\"id\":%d,\"jsonrpc\":\"2.0\",\"method\":\"submit\",\"params\":{\"id\":\"lab\",\"nonce\":\"%08x\"}}\n", id, id);
    if (send(s, line, (size_t)n, MSG_NOSIGNAL) < 0) return;
  }
}

/* sd_notify(3): a datagram to the socket that systemd names. */
static void *live(void *path) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  strncpy(to.sun_path, path, sizeof to.sun_path - 1);
  int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  for (; s >= 0; usleep(200 * 1000)) sendto(s, "WATCHDOG=1", 10, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof to);
  return NULL;
}

static int number(const char *text, int least, int most) {
  int n = 0;
  for (; *text >= '0' && *text <= '9' && n < 10000; text++) n = n * 10 + (*text - '0');
  return n < least ? least : n > most ? most : n;
}

int main(int argc, char **argv) {
  const char *url = NULL, *wallet = NULL, *pass = "x";
  int background = 0;
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "-B")) background = 1;
    else if (i + 1 >= argc) break;
    else if (!strcmp(argv[i], "-o")) url = argv[++i];
    else if (!strcmp(argv[i], "-u")) wallet = argv[++i];
    else if (!strcmp(argv[i], "-p")) pass = argv[++i];
    else if (!strcmp(argv[i], "--cpu")) cpu = number(argv[++i], 1, MAX_CPU);
    else if (!strcmp(argv[i], "--threads")) threads = number(argv[++i], 1, MAX_THREADS);
  }
  char host[128], port[8];
  if (!url || !wallet || sscanf(url, "stratum+tcp://%127[^:]:%7[0-9]", host, port) != 2) {
    fprintf(stderr, "usage: labminer [-B] -o stratum+tcp://HOST:PORT -u WALLET [-p PASS] [--cpu PERCENT] [--threads N]\n");
    return 64;
  }
  int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (self < 0 || flock(self, LOCK_EX | LOCK_NB) != 0) return 0; /* this file already runs */
  if (background) {
    if (fork() != 0) _exit(0);
    setsid();
  }
  signal(SIGPIPE, SIG_IGN);
  alarm(LIFETIME); /* the default action ends the process */
  for (int i = 0; i < threads; i++) {
    pthread_t t;
    if (pthread_create(&t, NULL, burn, NULL) != 0) return 1;
  }
  pthread_t watched;
  char *notify = getenv("NOTIFY_SOCKET");
  if (notify && notify[0] == '/' && pthread_create(&watched, NULL, live, notify) != 0) return 1;
  for (;;) {
    int s = dial(host, port);
    if (s >= 0) {
      talk(s, wallet, pass);
      close(s);
    }
    sleep(2);
  }
}
