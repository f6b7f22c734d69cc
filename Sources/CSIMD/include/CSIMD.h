// What Swift has no spelling for: operations on a whole vector that must become one instruction, a
// transpose in registers, the tiles of AMX, prefetching, the spin-wait hint, how subnormal numbers are taken,
// and which instruction sets there are.
//
// Every function is inlined into its caller, so each takes the instruction set of the Swift target
// that calls it; one header serves all builds of the kernels.

#ifndef CHARNN_CSIMD_H
#define CHARNN_CSIMD_H

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#define CSIMD_INLINE static inline __attribute__((always_inline))

/// Sixteen floats: one AVX-512 register, two AVX registers, four of SSE or NEON.
/// Swift imports it as SIMD16<Float>.
typedef float csimd_float16 __attribute__((ext_vector_type(16)));

/// The same where Swift keeps it, aligned to 16 bytes only.
///
/// Results go there instead of being returned: Swift 6.0 takes a returned vector in four pieces, and
/// leaves two blends behind every operation.
typedef csimd_float16 csimd_float16_at __attribute__((aligned(16)));

// Rounded once where the target has a fused multiply-add. Elsewhere the builtin would become sixteen calls
// of fmaf, so there it is a multiplication and an addition.
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define CSIMD_ADD_PRODUCT(a, b, sum) __builtin_elementwise_fma(a, b, sum)
#else
#define CSIMD_ADD_PRODUCT(a, b, sum) ((a) * (b) + (sum))
#endif

/// sum += a * b
CSIMD_INLINE void csimd_add_product(csimd_float16 a, csimd_float16 b, csimd_float16_at *sum) {
  *sum = CSIMD_ADD_PRODUCT(a, b, *sum);
}

// bfloat16: the upper half of a Float. A pair of them fills a lane of 32 bits, the first in its lower half;
// kernels handle pairs as the floats whose bits they are.

typedef unsigned csimd_word16 __attribute__((ext_vector_type(16)));
typedef unsigned short csimd_bfloat16 __attribute__((ext_vector_type(16)));

#define CSIMD_FIRST(pairs) ((csimd_float16)((csimd_word16)(pairs) << 16))
#define CSIMD_SECOND(pairs) ((csimd_float16)((csimd_word16)(pairs) & 0xffff0000))
#define CSIMD_ADD_PAIR_PRODUCTS(a, b, sum)         \
  CSIMD_ADD_PRODUCT(                               \
      CSIMD_FIRST(a), CSIMD_FIRST(b), CSIMD_ADD_PRODUCT(CSIMD_SECOND(a), CSIMD_SECOND(b), sum))

/// sum += a.second * b.second, then sum += a.first * b.first, each rounded once to nearest even, subnormal
/// numbers taken as zero: what VDPBF16PS does (Intel 64 and IA-32 Architectures Software Developer's
/// Manual, volume 2). This thread must flush subnormal numbers, as the instruction always does.
///
/// The product of two bfloat16 is a Float exactly, so a target without fused multiply-add gives the same
/// sum, unless the product is a subnormal number.
CSIMD_INLINE void csimd_emulate_add_pair_products(
    csimd_float16 a, csimd_float16 b, csimd_float16_at *sum) {
  *sum = CSIMD_ADD_PAIR_PRODUCTS(a, b, *sum);
}

/// The same by the processor's own instruction where the target has it.
CSIMD_INLINE void csimd_add_pair_products(csimd_float16 a, csimd_float16 b, csimd_float16_at *sum) {
#if defined(__AVX512BF16__)
  // Of the builtin, the compiler of Swift 6.0 crashes.
  csimd_float16 total = *sum;
  __asm__("vdpbf16ps %2, %1, %0" : "+v"(total) : "v"(a), "v"(b));
  *sum = total;
#else
  *sum = CSIMD_ADD_PAIR_PRODUCTS(a, b, *sum);
#endif
}

/// first += a.first * b.first and second += a.second * b.second, as one step of TDPBF16PS does.
CSIMD_INLINE void csimd_add_pair_products_apart(
    csimd_float16 a, csimd_float16 b, csimd_float16_at *first, csimd_float16_at *second) {
  *first = CSIMD_ADD_PRODUCT(CSIMD_FIRST(a), CSIMD_FIRST(b), *first);
  *second = CSIMD_ADD_PRODUCT(CSIMD_SECOND(a), CSIMD_SECOND(b), *second);
}

#if defined(__AMX_BF16__)
// The tile registers of AMX: 0 to 3 hold sums, 4 and 5 rows of A, 6 and 7 columns of B. Where A has up to 16
// rows, the sums are of four times 16 columns side by side. Where it has more they are tall: 0 and 1 are those
// of the first 16 rows and two times 16 columns, and 2 and 3 those of the rows below.
//
// `a_row`, `b_row` and `row` are the distances of rows, in floats; `columns` counts tiles side by side, at most
// two where they are tall.

#define CSIMD_LOAD_TILE(tile, address, row) \
  __asm__ volatile(                         \
      "tileloadd (%0,%1,4), %%tmm" #tile : : "r"(address), "r"((long)(row)) : "memory")
#define CSIMD_STORE_TILE(tile, address, row) \
  __asm__ volatile(                          \
      "tilestored %%tmm" #tile ", (%0,%1,4)" : : "r"(address), "r"((long)(row)) : "memory")
// Loads or stores the sums that there are, each where it lies.
#define CSIMD_MOVE_SUMS(MOVE, tall, columns, address, row)        \
  MOVE(0, address, row);                                          \
  if (columns > 1) MOVE(1, address + 16, row);                    \
  if (tall) {                                                     \
    MOVE(2, address + 16 * row, row);                             \
    if (columns > 1) MOVE(3, address + 16 * row + 16, row);       \
  } else {                                                        \
    if (columns > 2) MOVE(2, address + 32, row);                  \
    if (columns > 3) MOVE(3, address + 48, row);                  \
  }
#define CSIMD_ADD_TILE_PRODUCT(sum, a, b) \
  __asm__ volatile("tdpbf16ps %%tmm" #b ", %%tmm" #a ", %%tmm" #sum : :)

/// Sets the shapes of all tiles by the rows of A.
///
/// - upper: those of the upper tiles, 1 to 16.
/// - lower: those of the lower ones, 0 where there are none.
CSIMD_INLINE void csimd_set_tile_rows(int upper, int lower) {
  struct {
    unsigned char palette, start, reserved[14];
    unsigned short row_bytes[16];
    unsigned char rows[16];
  } shapes = {.palette = 1};
  _Static_assert(sizeof shapes == 64, "what LDTILECFG reads");
  for (int tile = 0; tile < 8; tile++) {
    int is_lower = lower > 0 && (tile == 2 || tile == 3 || tile == 5);
    shapes.row_bytes[tile] = 64;
    shapes.rows[tile] = (unsigned char)(tile >= 6 ? 16 : is_lower ? lower : upper);
  }
  __asm__ volatile("ldtilecfg %0" : : "m"(shapes));
}

CSIMD_INLINE void csimd_release_tiles(void) { __asm__ volatile("tilerelease" : :); }

/// Sets the sums to the rows at `start`, or to zero where that is null.
CSIMD_INLINE void csimd_start_tiles(_Bool tall, int columns, const float *start, long row) {
  if (!start) {
    __asm__ volatile("tilezero %%tmm0\n\ttilezero %%tmm1\n\ttilezero %%tmm2\n\ttilezero %%tmm3" : :);
    return;
  }
  CSIMD_MOVE_SUMS(CSIMD_LOAD_TILE, tall, columns, start, row);
}

/// Adds A B, sixteen pairs deep: the products of the first elements of pairs are added up, and those of the
/// second ones, then both are added to the sum (TDPBF16PS, Intel 64 and IA-32 Architectures Software
/// Developer's Manual, volume 2).
CSIMD_INLINE void csimd_add_tile_products(
    _Bool tall, int columns, const float *a, long a_row, const float *b, long b_row) {
  CSIMD_LOAD_TILE(4, a, a_row);
  CSIMD_LOAD_TILE(6, b, b_row);
  CSIMD_ADD_TILE_PRODUCT(0, 4, 6);
  if (columns > 1) {
    CSIMD_LOAD_TILE(7, b + 16, b_row);
    CSIMD_ADD_TILE_PRODUCT(1, 4, 7);
  }
  if (tall) {
    CSIMD_LOAD_TILE(5, a + 16 * a_row, a_row);
    CSIMD_ADD_TILE_PRODUCT(2, 5, 6);
    if (columns > 1) CSIMD_ADD_TILE_PRODUCT(3, 5, 7);
    return;
  }
  if (columns > 2) {
    CSIMD_LOAD_TILE(6, b + 32, b_row);
    CSIMD_ADD_TILE_PRODUCT(2, 4, 6);
  }
  if (columns > 3) {
    CSIMD_LOAD_TILE(7, b + 48, b_row);
    CSIMD_ADD_TILE_PRODUCT(3, 4, 7);
  }
}

/// The same for fewer pairs, filled up with zeros.
///
/// - depth: of A and B, in pairs, below 16.
/// - rows: of A.
CSIMD_INLINE void csimd_add_short_tile_products(
    _Bool tall, int columns, const float *a, long a_row, const float *b, long b_row, long depth,
    long rows) {
  // Not from Swift's allocator: a call could change the tiles.
  float filled_a[32 * 16] = {0}, filled_b[16 * 64] = {0};
  for (long row = 0; row < rows; row++) {
    for (long k = 0; k < depth; k++) filled_a[16 * row + k] = a[row * a_row + k];
  }
  for (long row = 0; row < depth; row++) {
    for (int column = 0; column < 16 * columns; column++) {
      filled_b[64 * row + column] = b[row * b_row + column];
    }
  }
  csimd_add_tile_products(tall, columns, filled_a, 16, filled_b, 64);
}

CSIMD_INLINE void csimd_store_tiles(_Bool tall, int columns, float *c, long row) {
  CSIMD_MOVE_SUMS(CSIMD_STORE_TILE, tall, columns, c, row);
}
#endif

/// Rounds sixteen floats to nearest even and stores them as eight pairs. What is not a number stays so.
CSIMD_INLINE void csimd_round_to_pairs(csimd_float16 x, float *pairs) {
  csimd_word16 bits = (csimd_word16)x;
  csimd_word16 rounded = bits + 0x7fff + ((bits >> 16) & 1);
  csimd_word16 quiet = bits | 0x400000;
  csimd_word16 chosen = x == x ? rounded : quiet;
  csimd_bfloat16 halves = __builtin_convertvector(chosen >> 16, csimd_bfloat16);
  __builtin_memcpy(pairs, &halves, sizeof halves);
}

/// From eight pairs of each of two rows, columns side by side, to sixteen pairs of rows. Reads both before
/// it writes.
CSIMD_INLINE void csimd_pair_rows(const float *upper, const float *lower, float *pairs) {
  csimd_bfloat16 first, second;
  __builtin_memcpy(&first, upper, sizeof first);
  __builtin_memcpy(&second, lower, sizeof second);
  csimd_bfloat16 low = __builtin_shufflevector(
      first, second, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  csimd_bfloat16 high = __builtin_shufflevector(
      first, second, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  __builtin_memcpy(pairs, &low, sizeof low);
  __builtin_memcpy(pairs + 8, &high, sizeof high);
}

// int8: four of them fill a lane of 32 bits. None is -128, so that each has an absolute value.

typedef int csimd_int16 __attribute__((ext_vector_type(16)));
typedef signed char csimd_byte16 __attribute__((ext_vector_type(16)));
typedef signed char csimd_byte64 __attribute__((ext_vector_type(64)));

#define CSIMD_SIGN_BITS(x) ((csimd_byte64)((csimd_byte64)(x) < 0))

/// sum += a[0] * b[0] + … + a[3] * b[3], where sum holds 32-bit integers: exact whatever the instructions.
///
/// Those of x86-64 multiply unsigned by signed bytes: the sign of a goes to b.
CSIMD_INLINE void csimd_add_quad_products(csimd_float16 a, csimd_float16 b, csimd_float16_at *sum) {
#if defined(__AVX512VNNI__)
  csimd_byte64 signs = CSIMD_SIGN_BITS(a);
  csimd_byte64 magnitudes = ((csimd_byte64)a ^ signs) - signs;
  csimd_byte64 turned = ((csimd_byte64)b ^ signs) - signs;
  csimd_int16 total = (csimd_int16)*sum;
  __asm__("vpdpbusd %2, %1, %0" : "+v"(total) : "v"(magnitudes), "v"(turned));
  *sum = (csimd_float16)total;
#elif defined(__AVX2__)
  typedef char bytes __attribute__((__vector_size__(32)));
  typedef short words __attribute__((__vector_size__(32)));
  typedef int sums __attribute__((__vector_size__(32)));
  words ones = (words){1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  bytes x[2], y[2];
  sums total[2];
  __builtin_memcpy(x, &a, sizeof x);
  __builtin_memcpy(y, &b, sizeof y);
  __builtin_memcpy(total, sum, sizeof total);
#pragma clang loop unroll(full)
  for (int half = 0; half < 2; half++) {
    bytes magnitudes = __builtin_ia32_psignb256(x[half], x[half]);
    bytes turned = __builtin_ia32_psignb256(y[half], x[half]);
    // At most 2 * 127 * 127: a sum of two products fits 16 bits.
    words products = __builtin_ia32_pmaddubsw256(magnitudes, turned);
    total[half] += __builtin_ia32_pmaddwd256(products, ones);
  }
  __builtin_memcpy(sum, total, sizeof total);
#else
  csimd_int16 x = (csimd_int16)a, y = (csimd_int16)b;
  csimd_int16 total = (csimd_int16)*sum;
#pragma clang loop unroll(full)
  for (int shift = 0; shift < 32; shift += 8) {
    total += ((x << shift) >> 24) * ((y << shift) >> 24);
  }
  *sum = (csimd_float16)total;
#endif
}

/// sum += integers * scales, where integers are those that csimd_add_quad_products leaves.
CSIMD_INLINE void csimd_add_scaled_integers(
    csimd_float16 integers, csimd_float16 scales, csimd_float16_at *sum) {
  csimd_float16 values = __builtin_convertvector((csimd_int16)integers, csimd_float16);
  *sum = CSIMD_ADD_PRODUCT(values, scales, *sum);
}

/// Rounds sixteen floats to nearest even, none beyond ±127, and stores them as four quads.
CSIMD_INLINE void csimd_round_to_quads(csimd_float16 x, float *quads) {
  csimd_float16 largest = 127, smallest = -127;
  // At 1.5 * 2^23 floats lie one apart, and the integer is in the last bits.
  csimd_float16 origin = 0x1.8p23f;
  csimd_float16 bounded = x < largest ? x : largest;
  bounded = bounded > smallest ? bounded : smallest;
  csimd_int16 integers = (csimd_int16)(bounded + origin) - (csimd_int16)origin;
  csimd_byte16 narrow = __builtin_convertvector(integers, csimd_byte16);
  __builtin_memcpy(quads, &narrow, sizeof narrow);
}

/// The larger of bound and x in each lane. A lane of x that is not a number stays so: hiding it
/// would hide a diverged training run.
CSIMD_INLINE void csimd_max(csimd_float16 bound, csimd_float16_at *x) {
  *x = bound > *x ? bound : *x;
}

/// The smaller of bound and x in each lane; not-a-number stays, as above.
CSIMD_INLINE void csimd_min(csimd_float16 bound, csimd_float16_at *x) {
  *x = bound < *x ? bound : *x;
}

/// The natural logarithm, of the C library: kernels need no other part of it.
CSIMD_INLINE float csimd_log(float x) { return __builtin_logf(x); }

/// Starts to bring the cache line at `address` into the first-level cache. Any address may be given.
CSIMD_INLINE void csimd_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

#define CSIMD_INTERLEAVE_LOW(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define CSIMD_INTERLEAVE_HIGH(a, b) \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)

/// Row i of the result has what column i of 16 x 16 floats has; rows lie `source_row` and
/// `destination_row` floats apart.
///
/// Four times, row i is interleaved with row i + 8: each time the bits of an element's place, row
/// and column in one number, move round by one.
CSIMD_INLINE void csimd_transpose_16x16(
    const float *source, long source_row, float *destination, long destination_row) {
  csimd_float16 rows[16], turned[16];
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) {
    __builtin_memcpy(&rows[i], source + i * source_row, sizeof rows[i]);
  }
#pragma clang loop unroll(full)
  for (int round = 0; round < 4; round++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) {
      turned[2 * i] = CSIMD_INTERLEAVE_LOW(rows[i], rows[i + 8]);
      turned[2 * i + 1] = CSIMD_INTERLEAVE_HIGH(rows[i], rows[i + 8]);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) rows[i] = turned[i];
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) {
    __builtin_memcpy(destination + i * destination_row, &rows[i], sizeof rows[i]);
  }
}

/// Tells the processor that this thread spins, so that it saves power and leaves the loop faster.
CSIMD_INLINE void csimd_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

/// How this thread rounds, and what it does with subnormal numbers.
CSIMD_INLINE unsigned long csimd_float_mode(void) {
#if defined(__x86_64__)
  return __builtin_ia32_stmxcsr();
#elif defined(__aarch64__)
  unsigned long mode;
  __asm__ __volatile__("mrs %0, fpcr" : "=r"(mode));
  return mode;
#else
  return 0;
#endif
}

CSIMD_INLINE void csimd_set_float_mode(unsigned long mode) {
#if defined(__x86_64__)
  __builtin_ia32_ldmxcsr((unsigned)mode);
#elif defined(__aarch64__)
  __asm__ __volatile__("msr fpcr, %0" : : "r"(mode));
#endif
}

/// From now on this thread takes subnormal numbers, those below 1.2e-38, as zero.
CSIMD_INLINE void csimd_flush_subnormals(void) {
#if defined(__x86_64__)
  csimd_set_float_mode(csimd_float_mode() | 0x8040); // flush to zero, denormals are zero
#elif defined(__aarch64__)
  csimd_set_float_mode(csimd_float_mode() | 1UL << 24); // FZ
#endif
}

#if defined(__x86_64__) && defined(__linux__)
/// Whether the processor has tiles for bfloat16 and the system lets this process use them, once it is asked
/// here (Linux, Documentation/arch/x86/xstate.rst).
CSIMD_INLINE int csimd_request_tiles(void) {
  // Not every compiler knows the names of these features, so they are looked up: AMX-BF16 and AMX-TILE.
  unsigned a, b, c, d, needed = 1u << 22 | 1u << 24;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & needed) != needed) return 0;
  long result, arch_prctl = 158, request_permission = 0x1023, tile_data = 18;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(arch_prctl), "D"(request_permission), "S"(tile_data)
                   : "rcx", "r11", "memory");
  return result == 0;
}
#else
CSIMD_INLINE int csimd_request_tiles(void) { return 0; }
#endif

/// The widest instruction set that both the processor and the operating system support: 0 the target's
/// baseline, 2 AVX2 with FMA, 3 AVX-512 (F, BW, CD, DQ, VL), 4 with BF16 and VNNI besides, 5 with AMX too, for
/// which the system is asked.
CSIMD_INLINE int csimd_instruction_set(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    if (!__builtin_cpu_supports("avx512bf16") || !__builtin_cpu_supports("avx512vnni")) return 3;
    return csimd_request_tiles() ? 5 : 4;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi2")) {
    return 2;
  }
#endif
  return 0;
}

#endif
