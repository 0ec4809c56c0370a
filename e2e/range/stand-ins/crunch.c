/*
 * crunch: an INNOCENT program of the host's owner, compiled by hand: two threads of arithmetic and one idle database connection.
 * It has the shape of a miner (no package owns it, steady CPU, one long connection) and is none: a decoy.
 *
 * usage: crunch ADDRESS PORT PERCENT
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int percent = 10;
static volatile double sum;

static long now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static void *add(void *unused) {
  (void)unused;
  long busy = 100000L * percent / 200;
  for (;;) {
    long start = now_us();
    while (now_us() - start < busy)
      for (int i = 1; i < 1000; i++) sum += 1.0 / i;
    usleep((useconds_t)(100000L - busy));
  }
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 4) return 64;
  percent = atoi(argv[3]) < 1 || atoi(argv[3]) > 100 ? 10 : atoi(argv[3]);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[2]))};
  inet_pton(AF_INET, argv[1], &to.sin_addr);
  int s = socket(AF_INET, SOCK_STREAM, 0);
  if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof to) != 0) perror("crunch: database");
  pthread_t one, two;
  pthread_create(&one, NULL, add, NULL);
  pthread_create(&two, NULL, add, NULL);
  for (;;) pause();
}
