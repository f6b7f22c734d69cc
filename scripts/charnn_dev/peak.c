/* Measures the multiply-add peak: `peak float|bfloat16 THREADS SECONDS` prints the GFLOP/s of the
 * best of many short windows, a multiply-add counting as two operations, or `none` where the
 * processor cannot multiply in that precision. `measure` compiles it with -O2 -march=native and
 * runs it.
 *
 * Every thread keeps independent multiply-adds going on the widest registers, or on tiles of them,
 * and touches no memory in between, so that nothing but the arithmetic units limits it.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* Advances all chains so many times; an advance of them all has so many operations. */
typedef struct {
  float (*run)(long count);
  double operations;
} Chains;

static Chains chains;
static long iterations;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

/* The chains tend to 1 from different starts, so none overflows and no two are the same. */
static float float_chains(long count) {
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

/* Compilers that know the instruction have this header. */
#if defined(__x86_64__) && __has_include(<avx512bf16intrin.h>)
#include <immintrin.h>

#define BFLOAT16_OPERATIONS (20 * 16 * 2 * 2.0) /* chains, lanes, products in each, two of each */

/* The two products of a lane cancel, so all chains stay where they start. */
__attribute__((target("avx512f,avx512bf16"))) static float bfloat16_chains(long count) {
  volatile int both = 0x3f003f00, opposite = 0x3f00bf00; /* (1/2, 1/2) and (1/2, -1/2) */
  __m512bh left = (__m512bh)_mm512_set1_epi32(both);
  __m512bh right = (__m512bh)_mm512_set1_epi32(opposite);
#define BEGIN_BFLOAT16(i) __m512 chain##i = _mm512_set1_ps(i + 1);
#define ADVANCE_BFLOAT16(i) chain##i = _mm512_dpbf16_ps(chain##i, left, right);
#define SUM_BFLOAT16(i) sum = _mm512_add_ps(sum, chain##i);
  TWENTY(BEGIN_BFLOAT16)
#pragma GCC unroll 1 /* unrolled, clang runs out of registers */
  for (long i = 0; i < count; i++) {
    TWENTY(ADVANCE_BFLOAT16)
  }
  __m512 sum = _mm512_setzero_ps();
  TWENTY(SUM_BFLOAT16)
  return _mm512_cvtss_f32(sum);
}
#endif

#if defined(__linux__) && defined(__AMX_BF16__)
#include <sys/syscall.h>
#include <unistd.h>

#define TILE_OPERATIONS (4 * 16 * 16 * 32 * 2.0) /* chains, rows, columns, products, two of each */

/* Tiles of zeros, as fast as any. */
static float tile_chains(long count) {
  struct {
    unsigned char palette, start, reserved[14];
    unsigned short row_bytes[16];
    unsigned char rows[16];
  } shapes = {.palette = 1};
  for (int tile = 0; tile < 8; tile++) {
    shapes.row_bytes[tile] = 64;
    shapes.rows[tile] = 16;
  }
  __asm__ volatile("" : : "r"(&shapes) : "memory"); /* gcc takes only its first bytes as read */
  _tile_loadconfig(&shapes);
  for (long i = 0; i < count; i++) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
  return 0;
}

/* Linux lets a process use tiles that asks for them: ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA. */
static int has_tiles(void) { return syscall(SYS_arch_prctl, 0x1023, 18) == 0; }
#endif

/* Chains without a function where there are none of that precision. */
static Chains chains_in(const char *precision) {
  if (strcmp(precision, "float") == 0) {
    return (Chains){float_chains, 2.0 * CHAINS * (BYTES / sizeof(float))};
  }
#ifdef TILE_OPERATIONS
  if (strcmp(precision, "bfloat16") == 0 && has_tiles()) {
    return (Chains){tile_chains, TILE_OPERATIONS};
  }
#endif
#ifdef BFLOAT16_OPERATIONS
  if (strcmp(precision, "bfloat16") == 0 && __builtin_cpu_supports("avx512bf16")) {
    return (Chains){bfloat16_chains, BFLOAT16_OPERATIONS};
  }
#endif
  return (Chains){NULL, 0};
}

static void *work(void *result) {
  *(float *)result = chains.run(iterations);
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
  int cores = count == 4 ? atoi(arguments[2]) : 0;
  double seconds = count == 4 ? atof(arguments[3]) : 0;
  if (cores < 1 || seconds <= 0) {
    fprintf(stderr, "usage: peak float|bfloat16 THREADS SECONDS\n");
    return 64;
  }
  chains = chains_in(arguments[1]);
  if (!chains.run) {
    puts("none");
    return 0;
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
    double rate = chains.operations * cores * iterations / took;
    if (rate > best) best = rate;
    if (took < WINDOW_SECONDS / 2) iterations *= 2;
  }
  printf("%.1f\n", best / 1e9);
  return 0;
}
