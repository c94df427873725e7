// The wasm engine's algorithm by hand with AVX2 intrinsics, for DCLL networks of square convolutions without pools:
// the bar that generated code is measured against (bench/cpp/parameters.mjs writes its parameters,
// bench/groups/wasm-native.mjs runs it and compares its logits).
//
//   g++ -O3 -march=x86-64-v3 -o dcll dcll.cpp && ./dcll parameters.bin
//
// post: spikes scatter 8-bit weights into 16-bit sums. pre: traces are gathered, P = hi * 2^12 + lo, zero pairs left
// out. Both: element-wise update, thresholds by buckets, products of activations that are not 0.
#include "common.hpp"

// One layer; channels are a multiple of 16, the map is S x S.
struct Layer {
  int ci, co, k, pad, pre, wide, spike_shift;
  i64 c0, n0, c1, up1, n1, c2, up2, n2, wrp;  // decays c / 2^n; units by shifts
  std::vector<int> in_shift;                  // per channel: of the synapse's sum
  std::vector<i64> threshold;                 // per channel
  std::vector<int8_t> w8;                     // post: (ci, ky, kx reversed, co)
  std::vector<int16_t> w16;                   // pre: (ky, kx, pair, co, 2)
  std::vector<int32_t> e0, e1, arp;
  std::vector<int16_t> sums16;
  std::vector<i64> sums64, potential;
  std::vector<uint8_t> out;
  std::vector<int32_t> rows;
  struct Pair {
    int32_t offset, low, high;
  };
  std::vector<Pair> pairs;
};

static const int S = 16;
static __m256i shr64(__m256i x, int n) {  // arithmetic, which AVX2 lacks
  const __m128i count = _mm_cvtsi32_si128(n);
  const __m256i sign = _mm256_srl_epi64(_mm256_set1_epi64x(INT64_MIN), count);
  return _mm256_sub_epi64(_mm256_xor_si256(_mm256_srl_epi64(x, count), sign), sign);
}
static __m256i low32(__m256i a, __m256i b) {  // 8 low words of two times four
  const __m256i t = _mm256_castps_si256(
      _mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), _MM_SHUFFLE(2, 0, 2, 0)));
  return _mm256_permute4x64_epi64(t, _MM_SHUFFLE(3, 1, 2, 0));
}
static __m256i wide_low(__m256i x) { return _mm256_cvtepi32_epi64(_mm256_castsi256_si128(x)); }
static __m256i wide_high(__m256i x) { return _mm256_cvtepi32_epi64(_mm256_extracti128_si256(x, 1)); }

static void scatter(Layer& l, const std::vector<uint8_t>& spikes) {
  const int width = S + 2 * l.pad, row = l.k * l.co;
  std::fill(l.sums16.begin(), l.sums16.end(), 0);
  const int n = S * S * l.ci;
  for (int e = 0; e < n; e += 32) {
    const __m256i bytes = _mm256_loadu_si256((const __m256i*)&spikes[e]);
    for (uint32_t bits = _mm256_movemask_epi8(_mm256_cmpgt_epi8(bytes, _mm256_setzero_si256())); bits != 0;
         bits &= bits - 1) {
      const int at = e + __builtin_ctz(bits), pixel = at / l.ci, c = at % l.ci;
      const int y = pixel / S, x = pixel % S;
      int16_t* sum = &l.sums16[(y * width + x) * l.co];
      const int8_t* w = &l.w8[(size_t)c * l.k * row];
      for (int ky = 0; ky < l.k; ky++, sum += width * l.co, w += row)
        for (int i = 0; i < row; i += 16) {
          __m256i* s = (__m256i*)(sum + i);
          const __m256i add = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i*)(w + i)));
          _mm256_storeu_si256(s, _mm256_add_epi16(_mm256_loadu_si256(s), add));
        }
    }
  }
}

static void trace(Layer& l, const std::vector<uint8_t>& spikes) {
  const __m256i c0 = _mm256_set1_epi32((int)l.c0), c1 = _mm256_set1_epi32((int)l.c1);
  const int sh = l.spike_shift;
  for (int e = 0; e < S * S * l.ci; e += 8) {
    const __m256i s = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i*)&spikes[e]));
    __m256i* p0 = (__m256i*)&l.e0[e];
    __m256i* p1 = (__m256i*)&l.e1[e];
    __m256i a = _mm256_add_epi32(_mm256_mullo_epi32(_mm256_loadu_si256(p0), c0), _mm256_slli_epi32(s, sh));
    a = _mm256_srai_epi32(a, (int)l.n0);
    _mm256_storeu_si256(p0, a);
    __m256i b = _mm256_mullo_epi32(_mm256_loadu_si256(p1), c1);
    b = _mm256_srai_epi32(_mm256_add_epi32(b, _mm256_slli_epi32(a, (int)l.up1)), (int)l.n1);
    _mm256_storeu_si256(p1, b);
  }
}

static void gather(Layer& l) {
  const int half = (l.ci + 1) / 2, tap = l.co * 2;
  l.pairs.clear();
  for (int y = 0; y < S; y++) {
    for (int x = 0; x < S; x++) {
      l.rows[y * (S + 1) + x] = (int)l.pairs.size();
      for (int p = 0; p < half; p++) {
        const int* v = &l.e1[(y * S + x) * l.ci + 2 * p];
        const int a = v[0], b = l.ci == 1 ? 0 : v[1];
        if ((a | b) == 0) continue;
        l.pairs.push_back({(x * half + p) * tap, (a & 4095) | (b & 4095) << 16, ((a >> 12) & 65535) | (b >> 12) << 16});
      }
    }
    l.rows[y * (S + 1) + S] = (int)l.pairs.size();
  }
  for (int c = 0; c < l.co; c += 32)
    for (int oy = 0; oy < S; oy++)
      for (int ox = 0; ox < S; ox++) {
        __m256i lo[4], hi[4];
        for (int g = 0; g < 4; g++) lo[g] = hi[g] = _mm256_setzero_si256();
        const int x0 = std::max(0, ox - l.pad), x1 = std::min(S, ox - l.pad + l.k);
        for (int ky = 0; ky < l.k; ky++) {
          const int y = oy - l.pad + ky;
          if (y < 0 || y >= S) continue;
          const int16_t* w = l.w16.data() + (i64)ky * l.k * half * tap - (i64)(ox - l.pad) * half * tap + 2 * c;
          const Layer::Pair* p = l.pairs.data() + l.rows[y * (S + 1) + x0];
          const Layer::Pair* end = l.pairs.data() + l.rows[y * (S + 1) + x1];
          for (; p < end; p++) {
            const __m256i a = _mm256_set1_epi32(p->low), b = _mm256_set1_epi32(p->high);
            for (int g = 0; g < 4; g++) {
              const __m256i m = _mm256_loadu_si256((const __m256i*)(w + p->offset + 16 * g));
              lo[g] = _mm256_add_epi32(lo[g], _mm256_madd_epi16(a, m));
              hi[g] = _mm256_add_epi32(hi[g], _mm256_madd_epi16(b, m));
            }
          }
        }
        i64* to = &l.sums64[(oy * S + ox) * l.co + c];
        for (int g = 0; g < 4; g++) {
          const __m256i first = _mm256_add_epi64(wide_low(lo[g]), _mm256_slli_epi64(wide_low(hi[g]), 12));
          const __m256i second = _mm256_add_epi64(wide_high(lo[g]), _mm256_slli_epi64(wide_high(hi[g]), 12));
          _mm256_storeu_si256((__m256i*)(to + 8 * g), first);
          _mm256_storeu_si256((__m256i*)(to + 8 * g + 4), second);
        }
      }
}

template <bool Read>
static void neurons(Layer& l) {
  const int width = S + 2 * l.pad;
  const __m256i c0 = _mm256_set1_epi32((int)l.c0), c1 = _mm256_set1_epi32((int)l.c1);
  const __m256i c2 = _mm256_set1_epi32((int)l.c2), wrp = _mm256_set1_epi32((int)l.wrp);
  for (int y = 0; y < S; y++)
    for (int x = 0; x < S; x++)
      for (int c = 0; c < l.co; c += 8) {
        const int e = (y * S + x) * l.co + c;
        const __m256i shift = _mm256_loadu_si256((const __m256i*)&l.in_shift[c]);
        __m256i u0, u1;  // the sum in the potential's unit
        if (l.pre) {
          u0 = _mm256_sllv_epi64(_mm256_loadu_si256((__m256i*)&l.sums64[e]), wide_low(shift));
          u1 = _mm256_sllv_epi64(_mm256_loadu_si256((__m256i*)&l.sums64[e + 4]), wide_high(shift));
        } else {
          const int16_t* sum = &l.sums16[((y + l.pad) * width + x + l.pad) * l.co + c];
          const __m256i in = _mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i*)sum));
          __m256i* p0 = (__m256i*)&l.e0[e];
          __m256i* p1 = (__m256i*)&l.e1[e];
          __m256i a = _mm256_add_epi32(_mm256_mullo_epi32(_mm256_loadu_si256(p0), c0), _mm256_sllv_epi32(in, shift));
          a = clamp24(_mm256_srai_epi32(a, (int)l.n0));
          _mm256_storeu_si256(p0, a);
          const __m256i m = _mm256_mullo_epi32(_mm256_loadu_si256(p1), c1);
          const __m256i up = _mm256_slli_epi32(a, (int)l.up1);
          __m256i b;
          if (l.wide) {
            const __m256i b0 = shr64(_mm256_add_epi64(wide_low(m), wide_low(up)), (int)l.n1);
            const __m256i b1 = shr64(_mm256_add_epi64(wide_high(m), wide_high(up)), (int)l.n1);
            b = clamp24(low32(b0, b1));
          } else {
            b = clamp24(_mm256_srai_epi32(_mm256_add_epi32(m, up), (int)l.n1));
          }
          _mm256_storeu_si256(p1, b);
          u0 = _mm256_slli_epi64(wide_low(b), (int)l.up2);
          u1 = _mm256_slli_epi64(wide_high(b), (int)l.up2);
        }
        __m256i* pa = (__m256i*)&l.arp[e];
        const __m256i r = _mm256_mullo_epi32(_mm256_loadu_si256(pa), c2);
        u0 = _mm256_add_epi64(u0, wide_low(r));
        u1 = _mm256_add_epi64(u1, wide_high(r));
        if (Read) {
          _mm256_storeu_si256((__m256i*)&l.potential[e], u0);
          _mm256_storeu_si256((__m256i*)&l.potential[e + 4], u1);
        }
        const __m256i* t = (const __m256i*)&l.threshold[c];
        const __m256i fired = low32(_mm256_cmpgt_epi64(u0, _mm256_loadu_si256(t)),
                                    _mm256_cmpgt_epi64(u1, _mm256_loadu_si256(t + 1)));
        const __m256i left = _mm256_sub_epi32(r, _mm256_and_si256(fired, wrp));
        _mm256_storeu_si256(pa, clamp24(_mm256_srai_epi32(left, (int)l.n2)));
        const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(fired), _mm256_extracti128_si256(fired, 1));
        const __m128i ones = _mm_and_si128(_mm_packs_epi16(words, words), _mm_set1_epi8(1));
        _mm_storel_epi64((__m128i*)&l.out[e], ones);
      }
}

int main(int, char** argv) {
  if (!read_stream(argv[1])) return 2;
  const int ticks = (int)next(), rounds = (int)next();
  const auto cells = list<int>();
  std::vector<Layer> layers(next());
  for (auto& l : layers) {
    l.ci = (int)next(), l.co = (int)next(), l.k = (int)next(), l.pad = (int)next();
    l.pre = (int)next(), l.wide = (int)next();
    l.c0 = next(), l.n0 = next(), l.c1 = next(), l.up1 = next(), l.n1 = next();
    l.c2 = next(), l.up2 = next(), l.n2 = next(), l.wrp = next();
    l.spike_shift = (int)next();
    l.in_shift = list<int>();
    l.threshold = list<i64>();
    const auto w = list<int>();  // (co, ci, ky, kx)
    const int k = l.k, half = (l.ci + 1) / 2;
    l.w8.assign((size_t)l.ci * k * k * l.co + 64, 0);
    l.w16.assign((size_t)k * k * half * l.co * 2 + 64, 0);
    for (int c = 0; c < l.co; c++)
      for (int i = 0; i < l.ci; i++)
        for (int y = 0; y < k; y++)
          for (int x = 0; x < k; x++) {
            const int v = w[((c * l.ci + i) * k + y) * k + x];
            l.w8[((i * k + k - 1 - y) * k + k - 1 - x) * l.co + c] = (int8_t)v;
            l.w16[(((y * k + x) * half + i / 2) * l.co + c) * 2 + i % 2] = (int16_t)v;
          }
    const int n = S * S * l.co, m = S * S * (l.pre ? l.ci : l.co);
    l.e0.assign(m + 16, 0), l.e1.assign(m + 16, 0), l.arp.assign(n, 0);
    l.sums16.assign((S + 2 * l.pad) * (S + 2 * l.pad) * l.co + 64, 0);
    l.sums64.assign(n, 0), l.potential.assign(n, 0), l.out.assign(n + 32, 0), l.rows.assign(S * (S + 1), 0);
    l.pairs.reserve(S * S * half);
  }
  Readout<i64, 3, 3> r;
  r.read();
  std::vector<uint8_t> input(S * S + 32, 0);
  const auto reset = [&] {
    for (auto& l : layers)
      for (auto* s : {&l.e0, &l.e1, &l.arp}) std::fill(s->begin(), s->end(), 0);
  };
  measure(rounds, ticks, r.classes, reset, [&](int t, int32_t* logits) {
    input[cells[t]] = 1;
    const std::vector<uint8_t>* spikes = &input;
    for (size_t k = 0; k < layers.size(); k++) {
      Layer& l = layers[k];
      if (l.pre) {
        trace(l, *spikes);
        gather(l);
      } else {
        scatter(l, *spikes);
      }
      if (k + 1 == layers.size()) neurons<true>(l);
      else neurons<false>(l);
      spikes = &l.out;
    }
    const Layer& last = layers.back();
    readout(r, last.potential.data(), S * S * last.co, last.co, logits);
    input[cells[t]] = 0;
  });
}
