// As dcll.cpp, for the DCLL authors' MNIST network with commuted traces: 7 x 7 kernels over maps that shrink, pools,
// no refractory state, and decays whose products take 64 bits. Sizes are known when it is compiled.
//
//   g++ -O3 -march=x86-64-v3 -o mnist mnist.cpp && ./mnist parameters.bin
#include "common.hpp"

static __m256i load(const int32_t* at) { return _mm256_loadu_si256((const __m256i*)at); }
static void store(int32_t* at, __m256i x) { _mm256_storeu_si256((__m256i*)at, x); }
static __m256i odd(__m256i x) { return _mm256_srli_epi64(x, 32); }

// Maps of Map x Map pixels of Ci channels to maps of Co, a multiple of 8. Spikes are ors of Pool x Pool neurons,
// potentials that are read (Read) are maxima.
template <int Map, int Ci, int Co, int Pool, bool Read>
struct Layer {
  static constexpr int K = 7, pad = 2, out = Map + 2 * pad - K + 1, sent = out / Pool;
  static constexpr int width = Map + K - 1, first = K - 1 - pad;  // the map of sums, its first that is an output
  static constexpr int row = (K * Co + 15) / 16 * 16;             // a row of weights, zeros at the end
  static constexpr int scaling = 17;
  bool saturates;
  int d0, d1;                           // decays
  std::vector<int32_t> up0, up1;        // per channel: of the sum (behind the shift), of eps0 (a factor before it)
  std::vector<int32_t> threshold;       // per channel
  std::vector<int8_t> weights;          // (ci, ky and kx reversed, co)
  std::vector<int32_t> first_sum;       // per pixel
  std::vector<int32_t> e0, e1;
  std::vector<int16_t> sums;
  std::vector<int32_t> potential, pooled_potential;
  std::vector<uint8_t> fired, pooled;

  void read() {
    saturates = next() != 0;
    d0 = (int)next(), d1 = (int)next();
    up0 = list<int32_t>(), up1 = list<int32_t>(), threshold = list<int32_t>();
    const auto w = list<int8_t>();  // (co, ci, ky, kx)
    weights.assign((size_t)Ci * K * row, 0);
    for (int c = 0; c < Co; c++)
      for (int i = 0; i < Ci; i++)
        for (int y = 0; y < K; y++)
          for (int x = 0; x < K; x++)
            weights[(i * K + K - 1 - y) * row + (K - 1 - x) * Co + c] = w[((c * Ci + i) * K + y) * K + x];
    for (int y = 0; y < Map; y++)
      for (int x = 0; x < Map; x++) first_sum.push_back((y * width + x) * Co);
    e0.assign(out * out * Co, 0), e1.assign(out * out * Co, 0);
    sums.assign(width * width * Co + 16, 0);
    fired.assign(out * out * Co + 32, 0), pooled.assign(sent * sent * Co + 32, 0);
    potential.assign(out * out * Co, 0), pooled_potential.assign(sent * sent * Co, 0);
  }

  void reset() {
    std::fill(e0.begin(), e0.end(), 0);
    std::fill(e1.begin(), e1.end(), 0);
  }

  void scatter(const uint8_t* spikes) {
    std::fill(sums.begin(), sums.end(), 0);
    for (int e = 0; e < Map * Map * Ci; e += 32) {
      const __m256i bytes = _mm256_loadu_si256((const __m256i*)&spikes[e]);
      for (uint32_t bits = _mm256_movemask_epi8(_mm256_cmpgt_epi8(bytes, _mm256_setzero_si256())); bits != 0;
           bits &= bits - 1) {
        const unsigned at = e + __builtin_ctz(bits);
        int16_t* sum = &sums[first_sum[at / Ci]];
        const int8_t* w = &weights[at % Ci * (K * row)];
        for (int ky = 0; ky < K; ky++, sum += width * Co, w += row)
#pragma GCC unroll 16
          for (int i = 0; i < row; i += 16) {
            __m256i* s = (__m256i*)(sum + i);
            const __m256i add = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i*)(w + i)));
            _mm256_storeu_si256(s, _mm256_add_epi16(_mm256_loadu_si256(s), add));
          }
      }
    }
  }

  template <bool Saturates>
  void neurons() {
    const __m256i half = _mm256_set1_epi64x(1 << (scaling - 1));
    const __m256i c0 = _mm256_set1_epi64x(d0), c1 = _mm256_set1_epi64x(d1);
    // Eight lanes of 64-bit sums >> 17: the results fit 32 bits, so that what is shifted in above doesn't matter.
    const auto shifted = [](__m256i evens, __m256i odds) {
      return _mm256_blend_epi32(_mm256_srli_epi64(evens, scaling), _mm256_slli_epi64(odds, 32 - scaling), 0xaa);
    };
    for (int y = 0; y < out; y++)
      for (int x = 0; x < out; x++)
#pragma GCC unroll 4
        for (int c = 0; c < Co; c += 8) {
          const int e = (y * out + x) * Co + c;
          const int16_t* sum = &sums[((y + first) * width + x + first) * Co + c];
          const __m256i in = _mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i*)sum));
          // The sum's unit is a multiple of the shift's: it can be added behind it.
          const __m256i s0 = load(&e0[e]);
          __m256i a = shifted(_mm256_add_epi64(_mm256_mul_epi32(s0, c0), half),
                              _mm256_add_epi64(_mm256_mul_epi32(odd(s0), c0), half));
          a = _mm256_add_epi32(a, _mm256_sllv_epi32(in, load(&up0[c])));
          if (Saturates) a = clamp24(a);
          store(&e0[e], a);
          const __m256i s1 = load(&e1[e]);
          const __m256i up = load(&up1[c]);
          const __m256i evens = _mm256_add_epi64(_mm256_mul_epi32(s1, c1), _mm256_mul_epi32(a, up));
          const __m256i odds = _mm256_add_epi64(_mm256_mul_epi32(odd(s1), c1), _mm256_mul_epi32(odd(a), odd(up)));
          __m256i b = shifted(_mm256_add_epi64(evens, half), _mm256_add_epi64(odds, half));
          if (Saturates) b = clamp24(b);
          store(&e1[e], b);
          if (Read) store(&potential[e], b);
          const __m256i over = _mm256_cmpgt_epi32(b, load(&threshold[c]));
          const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(over), _mm256_extracti128_si256(over, 1));
          const __m128i ones = _mm_and_si128(_mm_packs_epi16(words, words), _mm_set1_epi8(1));
          _mm_storel_epi64((__m128i*)&fired[e], ones);
        }
  }

  void pool() {
    for (int y = 0; y < sent; y++)
      for (int x = 0; x < sent; x++)
        for (int c = 0; c < Co; c += 8) {
          __m128i any = _mm_setzero_si128();
          __m256i most = _mm256_set1_epi32(INT32_MIN);
          for (int dy = 0; dy < Pool; dy++)
            for (int dx = 0; dx < Pool; dx++) {
              const int e = ((y * Pool + dy) * out + x * Pool + dx) * Co + c;
              any = _mm_or_si128(any, _mm_loadl_epi64((const __m128i*)&fired[e]));
              if (Read) most = _mm256_max_epi32(most, load(&potential[e]));
            }
          const int to = (y * sent + x) * Co + c;
          _mm_storel_epi64((__m128i*)&pooled[to], any);
          if (Read) store(&pooled_potential[to], most);
        }
  }

  // Returns the spikes that it sends.
  const uint8_t* tick(const uint8_t* spikes) {
    scatter(spikes);
    if (saturates) neurons<true>();
    else neurons<false>();
    if (Pool == 1) return fired.data();
    pool();
    return pooled.data();
  }
};

int main(int, char** argv) {
  if (!read_stream(argv[1])) return 2;
  const int ticks = (int)next(), rounds = (int)next();
  const auto starts = list<int32_t>();  // of each tick's spikes
  const auto cells = list<int32_t>();
  Layer<28, 1, 16, 2, false> l1;
  Layer<13, 16, 24, 1, false> l2;
  Layer<11, 24, 32, 2, true> l3;
  l1.read(), l2.read(), l3.read();
  Readout<int32_t, 2, 8> r;
  r.read();
  std::vector<uint8_t> input(28 * 28 + 32, 0);
  const auto reset = [&] { l1.reset(), l2.reset(), l3.reset(); };
  measure(rounds, ticks, r.classes, reset, [&](int t, int32_t* logits) {
    for (int i = starts[t]; i < starts[t + 1]; i++) input[cells[i]] = 1;
    l3.tick(l2.tick(l1.tick(input.data())));
    for (int i = starts[t]; i < starts[t + 1]; i++) input[cells[i]] = 0;
    readout(r, l3.pooled_potential.data(), l3.sent * l3.sent * 32, 32, logits);
  });
}
