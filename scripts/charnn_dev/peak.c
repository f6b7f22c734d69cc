/* Measures the multiply-add peak in Float: `peak THREADS SECONDS` prints the GFLOP/s of the best
 * of many short windows, a multiply-add counting as two operations. `measure` compiles it
 * with -O2 -march=native and runs it.
 *
 * Every thread keeps independent multiply-adds going on the widest registers and touches no
 * memory in between, so that nothing but the arithmetic units limits it.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* A multiply-add takes 4 or 5 cycles and a core begins up to 4 in each: to keep it busy takes up
 * to 16 independent chains, as far as there are registers. Two more hold the factors. */
#define TWELVE(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)
#define TWENTY(DO) TWELVE(DO) DO(12) DO(13) DO(14) DO(15) DO(16) DO(17) DO(18) DO(19)

#if defined(__AVX512F__) /* 32 registers of 512 bits */
#define BYTES 64
#define CHAINS 20
#define EACH TWENTY
#elif defined(__AVX__) /* 16 registers of 256 bits */
#define BYTES 32
#define CHAINS 12
#define EACH TWELVE
#elif defined(__aarch64__) /* 32 registers of 128 bits */
#define BYTES 16
#define CHAINS 20
#define EACH TWENTY
#else /* 16 registers of 128 bits */
#define BYTES 16
#define CHAINS 12
#define EACH TWELVE
#endif

typedef float Vector __attribute__((vector_size(BYTES)));

#define WINDOW_SECONDS 0.03

static long iterations;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

/* The chains tend to 1 from different starts, so none overflows and no two are the same. */
static float chains(long count) {
  volatile float seed = 0.5f;
  Vector factor = (Vector){} + seed, addend = (Vector){} + seed;
#define BEGIN(i) Vector chain##i = addend * (i + 1);
#define ADVANCE(i) chain##i = chain##i * factor + addend;
#define SUM(i) sum += chain##i;
  EACH(BEGIN)
  for (long i = 0; i < count; i++) {
    EACH(ADVANCE)
  }
  Vector sum = {};
  EACH(SUM)
  return sum[0];
}

static void *work(void *result) {
  *(float *)result = chains(iterations);
  return NULL;
}

/* Seconds that `count` threads take for `iterations` each; negative where they cannot start. */
static double window(int count, pthread_t *threads, float *results) {
  double start = now();
  for (int i = 0; i < count; i++) {
    if (pthread_create(&threads[i], NULL, work, &results[i]) != 0) return -1;
  }
  for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
  return now() - start;
}

int main(int count, char **arguments) {
  int cores = count == 3 ? atoi(arguments[1]) : 0;
  double seconds = count == 3 ? atof(arguments[2]) : 0;
  if (cores < 1 || seconds <= 0) {
    fprintf(stderr, "usage: peak THREADS SECONDS\n");
    return 64;
  }
  pthread_t *threads = malloc(cores * sizeof *threads);
  float *results = malloc(cores * sizeof *results);
  if (!threads || !results) return 70;

  double best = 0;
  double begin = now();
  /* Doubled up to the length of a window, in which starting the threads counts for little. */
  for (iterations = 1000; now() - begin < seconds;) {
    double took = window(cores, threads, results);
    if (took <= 0) {
      fprintf(stderr, "peak: cannot start %d threads\n", cores);
      return 70;
    }
    double rate = 2.0 * cores * iterations * CHAINS * (BYTES / sizeof(float)) / took;
    if (rate > best) best = rate;
    if (took < WINDOW_SECONDS / 2) iterations *= 2;
  }
  printf("%.1f\n", best / 1e9);
  return 0;
}
