// What dcll.cpp and mnist.cpp share: parameters from a file, lanes, the readout, and the clock.
#pragma once
#include <immintrin.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

using i64 = int64_t;
static std::vector<i64> stream;
static size_t place = 0;
static i64 next() { return stream[place++]; }
template <class T>
static std::vector<T> list() {
  size_t n = next();
  std::vector<T> v(n);
  for (auto& x : v) x = (T)next();
  v.reserve(n + 32);
  return v;
}
static bool read_stream(const char* path) {
  FILE* file = fopen(path, "rb");
  if (file == nullptr) return false;
  for (i64 value; fread(&value, 8, 1, file) == 1;) stream.push_back(value);
  fclose(file);
  return true;
}

static __m256i clamp24(__m256i x) {
  return _mm256_min_epi32(_mm256_max_epi32(x, _mm256_set1_epi32(-8388608)), _mm256_set1_epi32(8388607));
}

// T: lanes of potentials and thresholds. Vectors of eight classes; steps of the search in a bucket.
template <class T, int Vectors, int Steps>
struct Readout {
  static constexpr int width = 8 * Vectors;
  int classes, entries, buckets, shift;
  std::vector<T> tables;
  std::vector<uint8_t> start;
  std::vector<int8_t> weights;
  std::vector<int32_t> bias;

  void read() {
    classes = (int)next();
    const i64 file_width = next();
    entries = (int)next(), buckets = (int)next(), shift = (int)next();
    if (file_width != width || next() != Steps) exit(3);
    tables = list<T>(), start = list<uint8_t>(), weights = list<int8_t>(), bias = list<int32_t>();
    weights.resize(weights.size() + 32);
  }
};

// Bits of the lanes that reach their lowest threshold.
static inline int reached(const i64* potential, const i64* first) {
  const __m256i u = _mm256_loadu_si256((const __m256i*)potential);
  const __m256i below = _mm256_cmpgt_epi64(_mm256_loadu_si256((const __m256i*)first), u);
  return 15 & ~_mm256_movemask_pd(_mm256_castsi256_pd(below));
}
static inline int reached(const int32_t* potential, const int32_t* first) {
  const __m256i u = _mm256_loadu_si256((const __m256i*)potential);
  const __m256i below = _mm256_cmpgt_epi32(_mm256_loadu_si256((const __m256i*)first), u);
  return 255 & ~_mm256_movemask_ps(_mm256_castsi256_ps(below));
}

// Potentials (pixel, channel) of `size` neurons of `co` channels.
template <class T, int Vectors, int Steps>
static void readout(const Readout<T, Vectors, Steps>& r, const T* potential, int size, int co, int32_t* logits) {
  __m256i sum[Vectors];
  for (int v = 0; v < Vectors; v++) sum[v] = _mm256_loadu_si256((const __m256i*)&r.bias[8 * v]);
  std::vector<T> first(co);
  for (int c = 0; c < co; c++) first[c] = r.tables[(size_t)c * r.entries];
  constexpr int lanes = 32 / sizeof(T);
  for (int e = 0; e < size; e += lanes) {
    const int c = e % co;
    for (int bits = reached(&potential[e], &first[c]); bits != 0; bits &= bits - 1) {
      const int k = __builtin_ctz(bits);
      const T x = potential[e + k];
      const T* table = &r.tables[(size_t)(c + k) * r.entries];
      const uint32_t b = std::min<uint64_t>((uint64_t)(x - table[0]) >> r.shift, r.buckets - 1);
      const T* low = table + r.start[(size_t)(c + k) * r.buckets + b];
#pragma GCC unroll 8
      for (int half = 1 << (Steps - 1); half > 0; half >>= 1) low += (x >= low[half - 1]) * half;
      const __m256i p = _mm256_set1_epi32((int)(low - table));
      const int8_t* w = &r.weights[(size_t)(e + k) * r.width];
      for (int v = 0; v < Vectors; v++) {
        const __m256i m = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i*)(w + 8 * v)));
        // Both fit 16 bits: one madd does what a 32-bit product would.
        sum[v] = _mm256_add_epi32(sum[v], _mm256_madd_epi16(m, p));
      }
    }
  }
  for (int v = 0; v < Vectors; v++) _mm256_storeu_si256((__m256i*)(logits + 8 * v), sum[v]);
}

// Runs the frame `rounds` times: reset(), then tick(t, logits) each tick. Prints the best time and the logits' hash.
template <class Reset, class Tick>
static void measure(int rounds, int ticks, int classes, Reset reset, Tick tick) {
  std::vector<int32_t> logits(32);
  double best = 1e9;
  uint64_t hash = 0;
  for (int round = 0; round < rounds; round++) {
    reset();
    hash = 0;
    const auto begin = std::chrono::steady_clock::now();
    for (int t = 0; t < ticks; t++) {
      tick(t, logits.data());
      for (int c = 0; c < classes; c++) hash = hash * 1000003u + (uint32_t)logits[c];
    }
    const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - begin;
    best = std::min(best, spent.count() / ticks);
  }
  printf("{\"msPerTick\": %.5f, \"hash\": \"%016llx\"}\n", best, (unsigned long long)hash);
}
