/* Nearest codes by Hamming distance: a scan of all, and multi-index hashing.

   Every function is plain C11 for gcc and clang, keeps nothing between calls and allocates nothing;
   `compiled.py` calls them and `scanning.py` does the same in NumPy, slower. Codes come as planes:
   word w of all codes, one after another, begins at planes + w * stride. */

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

#define BLOCK 512
#define GROUP 64
#define MAX_WORDS 64
#define FAR INT32_MAX

#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_WIDE 1
#define WIDE __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq,popcnt")))
#define MIDDLE __attribute__((target("avx2,popcnt")))
#endif
#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif
#define ALWAYS static inline __attribute__((always_inline))

#ifdef HAS_WIDE
static int has_wide(void) {
    return __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}
#endif

/* What is looked for: shared with compiled.py, field by field. */
typedef struct {
    const uint64_t *planes;
    int64_t stride;
    int64_t n_words;
    const uint64_t *examples; /* n_examples x n_words */
    const int32_t *weights;   /* of each example in the key, negative ones included */
    int64_t n_examples;
    int64_t n_positives; /* the first so many examples count for the greatest distance */
    const int32_t *positive_weights;
    int64_t greatest;         /* weighted distance to the positives a match may have */
    int64_t offset;           /* added to the key, so that none is below 0 */
    const uint64_t *mask;     /* n_words: bits that count */
    const uint64_t *required; /* n_words: bits that must equal the first example's */
    int64_t has_required;
    const uint8_t *allowed; /* one byte a code, or NULL */
    int64_t wanted;         /* how many are looked for; all that tie with the last are taken */
    int64_t limit;          /* greatest key that still counts; falls as matches are found */
    int64_t *counts;        /* limit + 1 of them: matches by their key */
    int64_t within;         /* matches whose key is at most the limit */
    int64_t *rows;          /* matches so far, and their keys; some are above the limit */
    int32_t *keys;
    int64_t n_found;
    int64_t capacity;
} Search;

/* Lets the limit fall to the key of the last that is wanted. */
static void tighten(Search *s) {
    while (s->limit >= 0 && s->within - s->counts[s->limit] >= s->wanted) {
        s->within -= s->counts[s->limit];
        s->limit--;
    }
}

static void take(Search *s, int64_t row, int32_t key) {
    s->rows[s->n_found] = row;
    s->keys[s->n_found] = key;
    s->n_found++;
    s->counts[key]++;
    s->within++;
    if (s->within > s->wanted) tighten(s);
}

/* Leaves out of the matches what the limit has left behind. */
static void compact(Search *s) {
    int64_t kept = 0;
    for (int64_t i = 0; i < s->n_found; i++) {
        if (s->keys[i] <= s->limit) {
            s->rows[kept] = s->rows[i];
            s->keys[kept] = s->keys[i];
            kept++;
        }
    }
    s->n_found = kept;
}

/* Which of 64 codes are within a distance of the first example: bit i for code i. */
typedef uint64_t Near(const Search *s, int64_t first, uint64_t limit);

ALWAYS uint64_t near_in_words(const Search *s, int64_t first, uint64_t limit) {
    uint8_t is_near[GROUP];
    uint64_t near = 0;
    const uint64_t *p = s->planes + first;
    if (s->n_words == 1) {
        const uint64_t q = s->examples[0], m = s->mask[0];
        uint64_t any = 0;
        for (int i = 0; i < GROUP; i++) {
            is_near[i] = (uint64_t)__builtin_popcountll((p[i] ^ q) & m) <= limit;
            any |= is_near[i];
        }
        if (!any) return 0;
    } else {
        for (int i = 0; i < GROUP; i++) {
            uint64_t distance = 0;
            for (int64_t w = 0; w < s->n_words; w++)
                distance += (uint64_t)__builtin_popcountll(
                    (p[w * s->stride + i] ^ s->examples[w]) & s->mask[w]);
            is_near[i] = distance <= limit;
        }
    }
    for (int i = 0; i < GROUP; i++) near |= (uint64_t)is_near[i] << i;
    return near;
}

static uint64_t near_plain(const Search *s, int64_t first, uint64_t limit) {
    return near_in_words(s, first, limit);
}
#ifdef HAS_WIDE
MIDDLE static uint64_t near_middle(const Search *s, int64_t first, uint64_t limit) {
    return near_in_words(s, first, limit);
}
#define FETCH_AHEAD 1024
WIDE ALWAYS __m512i wide_distances(const Search *s, const uint64_t *p, int64_t n_words) {
    __m512i distances = _mm512_setzero_si512();
    for (int64_t w = 0; w < n_words; w++) {
        const uint64_t *plane = p + w * s->stride;
        _mm_prefetch((const char *)(plane + FETCH_AHEAD), _MM_HINT_T0);
        const __m512i q = _mm512_set1_epi64((int64_t)s->examples[w]);
        const __m512i m = _mm512_set1_epi64((int64_t)s->mask[w]);
        const __m512i x = _mm512_and_si512(_mm512_xor_si512(_mm512_loadu_si512(plane), q), m);
        distances = _mm512_add_epi64(distances, _mm512_popcnt_epi64(x));
    }
    return distances;
}
WIDE ALWAYS uint64_t near_wide_words(const Search *s, int64_t first, uint64_t limit,
                                     int64_t n_words) {
    const __m512i most = _mm512_set1_epi64((int64_t)limit);
    uint64_t near = 0;
    for (int v = 0; v < GROUP / 8; v++) {
        const __m512i d = wide_distances(s, s->planes + first + v * 8, n_words);
        near |= (uint64_t)_mm512_cmple_epu64_mask(d, most) << (v * 8);
    }
    return near;
}
WIDE static uint64_t near_wide(const Search *s, int64_t first, uint64_t limit) {
    if (s->n_words == 1) return near_wide_words(s, first, limit, 1);
    if (s->n_words == 2) return near_wide_words(s, first, limit, 2);
    return near_wide_words(s, first, limit, s->n_words);
}
#endif

ALWAYS void one_example(const Search *s, int64_t first, int64_t n, const uint64_t *example,
                        uint16_t *out) {
    const uint64_t *p = s->planes + first;
    const uint64_t q = example[0], m = s->mask[0];
    if (s->n_words == 1) {
        for (int64_t i = 0; i < n; i++) out[i] = (uint16_t)__builtin_popcountll((p[i] ^ q) & m);
        return;
    }
    const uint64_t *p1 = p + s->stride;
    const uint64_t q1 = example[1], m1 = s->mask[1];
    for (int64_t i = 0; i < n; i++)
        out[i] = (uint16_t)(__builtin_popcountll((p[i] ^ q) & m) +
                            __builtin_popcountll((p1[i] ^ q1) & m1));
    for (int64_t w = 2; w < s->n_words; w++) {
        const uint64_t *pw = p + w * s->stride;
        const uint64_t qw = example[w], mw = s->mask[w];
        for (int64_t i = 0; i < n; i++)
            out[i] = (uint16_t)(out[i] + __builtin_popcountll((pw[i] ^ qw) & mw));
    }
}

ALWAYS void far_where_required_differ(const Search *s, int64_t first, int64_t n, int32_t *keys) {
    for (int64_t w = 0; w < s->n_words; w++) {
        const uint64_t r = s->required[w], q = s->examples[w] & r;
        if (!r) continue;
        const uint64_t *p = s->planes + w * s->stride + first;
        for (int64_t i = 0; i < n; i++) keys[i] = ((p[i] & r) == q) ? keys[i] : FAR;
    }
}

ALWAYS void many_examples(const Search *s, int64_t first, int64_t n, int32_t *keys) {
    uint16_t some[BLOCK];
    int32_t positives[BLOCK];
    for (int64_t i = 0; i < n; i++) keys[i] = (int32_t)s->offset, positives[i] = 0;
    for (int64_t e = 0; e < s->n_examples; e++) {
        one_example(s, first, n, s->examples + e * s->n_words, some);
        const int32_t weight = s->weights[e];
        for (int64_t i = 0; i < n; i++) keys[i] += weight * (int32_t)some[i];
        if (e < s->n_positives) {
            const int32_t own = s->positive_weights[e];
            for (int64_t i = 0; i < n; i++) positives[i] += own * (int32_t)some[i];
        }
    }
    const int32_t greatest = (int32_t)s->greatest;
    for (int64_t i = 0; i < n; i++) keys[i] = positives[i] <= greatest ? keys[i] : FAR;
}

/* Scans codes from `first` on; where it stopped, at `last` or because there is no more room. */
ALWAYS int64_t scan_body(Search *s, int64_t first, int64_t last) {
    int32_t keys[BLOCK];
    for (int64_t start = first; start < last; start += BLOCK) {
        const int64_t n = last - start < BLOCK ? last - start : BLOCK;
        if (s->n_found + n > s->capacity) {
            compact(s);
            if (s->n_found + n > s->capacity) return start;
        }
        many_examples(s, start, n, keys);
        if (s->has_required) far_where_required_differ(s, start, n, keys);
        for (int64_t i = 0; i < n; i++)
            if (keys[i] <= s->limit && (!s->allowed || s->allowed[start + i]))
                take(s, start + i, keys[i]);
    }
    return last;
}

static int64_t distance_of(const Search *s, int64_t row) {
    int64_t distance = 0;
    for (int64_t w = 0; w < s->n_words; w++)
        distance += __builtin_popcountll((s->planes[w * s->stride + row] ^ s->examples[w]) &
                                         s->mask[w]);
    return distance;
}

static int has_required(const Search *s, int64_t row) {
    if (!s->has_required) return 1;
    for (int64_t w = 0; w < s->n_words; w++)
        if ((s->planes[w * s->stride + row] ^ s->examples[w]) & s->required[w]) return 0;
    return 1;
}

static void take_if_it_may_match(Search *s, int64_t row) {
    if ((s->allowed && !s->allowed[row]) || !has_required(s, row)) return;
    const int64_t distance = distance_of(s, row);
    if (distance <= s->limit) take(s, row, (int32_t)distance);
}

/* As scan_body, where the key is the distance to one example. */
ALWAYS int64_t scan_one(Search *s, int64_t first, int64_t last, Near *near) {
    int64_t start = first;
    for (; start < last; start += GROUP) {
        if (s->n_found + GROUP > s->capacity) {
            compact(s);
            if (s->n_found + GROUP > s->capacity) return start;
        }
        if (last - start < GROUP) break;
        uint64_t hits = near(s, start, (uint64_t)s->limit);
        while (hits) {
            take_if_it_may_match(s, start + __builtin_ctzll(hits));
            hits &= hits - 1;
        }
    }
    for (; start < last; start++) take_if_it_may_match(s, start);
    return last;
}

static int64_t scan_plain(Search *s, int64_t first, int64_t last, int is_one) {
    return is_one ? scan_one(s, first, last, near_plain) : scan_body(s, first, last);
}
#ifdef HAS_WIDE
WIDE static int64_t scan_wide(Search *s, int64_t first, int64_t last, int is_one) {
    return is_one ? scan_one(s, first, last, near_wide) : scan_body(s, first, last);
}
MIDDLE static int64_t scan_middle(Search *s, int64_t first, int64_t last, int is_one) {
    return is_one ? scan_one(s, first, last, near_middle) : scan_body(s, first, last);
}
#endif

EXPORT int64_t ahash_scan(Search *s, int64_t first, int64_t last) {
    if (s->limit < 0 || s->wanted < 1) return last;
    const int is_one = s->n_examples == 1 && s->weights[0] == 1;
#ifdef HAS_WIDE
    if (has_wide()) return scan_wide(s, first, last, is_one);
    if (__builtin_cpu_supports("avx2")) return scan_middle(s, first, last, is_one);
#endif
    return scan_plain(s, first, last, is_one);
}

/* ---- Multi-index hashing (Norouzi, Punjani and Fleet, CVPR 2012) ---- */

typedef struct {
    int64_t word;  /* the substring: `width` bits of this word, from `shift` on */
    int64_t shift;
    int64_t width;
    const uint32_t *starts; /* 2^width + 1: where the codes with each substring begin */
    const uint32_t *rows;   /* rows ordered by their substring */
} Table;

/* Orders rows by a substring: counts first, then each to its place, ascending within a bucket. */
EXPORT void ahash_build(const uint64_t *plane, int64_t n, int64_t shift, int64_t width,
                        uint32_t *starts, uint32_t *rows) {
    const uint64_t low = ((uint64_t)1 << width) - 1;
    const int64_t n_buckets = (int64_t)1 << width;
    memset(starts, 0, sizeof(uint32_t) * (size_t)(n_buckets + 1));
    for (int64_t i = 0; i < n; i++) starts[((plane[i] >> shift) & low) + 1]++;
    for (int64_t b = 0; b < n_buckets; b++) starts[b + 1] += starts[b];
    for (int64_t i = 0; i < n; i++) rows[starts[(plane[i] >> shift) & low]++] = (uint32_t)i;
    memmove(starts + 1, starts, sizeof(uint32_t) * (size_t)n_buckets);
    starts[0] = 0;
}

static uint64_t substring_of(const Table *t, uint64_t word) {
    return (word >> t->shift) & (((uint64_t)1 << t->width) - 1);
}

/* Whether an earlier look, into a nearer radius or a table before, has met this row already. */
static int is_met(const Search *s, const Table *tables, int64_t n_tables, int64_t here,
                  int64_t radius, int64_t row) {
    for (int64_t t = 0; t < n_tables; t++) {
        const Table *other = tables + t;
        const uint64_t word = s->planes[other->word * s->stride + row] ^ s->examples[other->word];
        const int64_t distance = __builtin_popcountll(substring_of(other, word));
        if (distance < radius || (distance == radius && t < here)) return 1;
    }
    return 0;
}

ALWAYS void look_at(Search *s, const Table *tables, int64_t n_tables, int64_t here, int64_t radius,
                    const uint32_t *candidates, int64_t n) {
    const uint64_t *p = s->planes;
    const uint64_t q = s->examples[0];
    for (int64_t i = 0; i < n; i++) {
        const int64_t row = candidates[i];
        int64_t distance = __builtin_popcountll(p[row] ^ q);
        if (distance > s->limit) continue;
        for (int64_t w = 1; w < s->n_words; w++)
            distance += __builtin_popcountll(p[w * s->stride + row] ^ s->examples[w]);
        if (distance > s->limit || (s->allowed && !s->allowed[row])) continue;
        if (!has_required(s, row)) continue;
        if (!is_met(s, tables, n_tables, here, radius, row)) take(s, row, (int32_t)distance);
    }
}

static double choose(int64_t n, int64_t k) {
    double product = 1;
    for (int64_t i = 1; i <= k; i++) product = product * (double)(n - k + i) / (double)i;
    return product;
}

/* What it costs to look at all buckets of a table at a radius, in looks at a code. */
static double cost_of(const Table *t, int64_t radius, double n_codes) {
    if (radius > t->width) return 0;
    return choose(t->width, radius) * (1 + n_codes / (double)((int64_t)1 << t->width));
}

/* What it still costs until all codes within the limit are known to be found. */
static double cost_to_end(const Search *s, const Table *tables, int64_t n_tables, int64_t radius,
                          int64_t here, double n_codes) {
    double cost = 0;
    while (n_tables * radius + here <= s->limit) {
        cost += cost_of(tables + here, radius, n_codes);
        if (++here == n_tables) here = 0, radius++;
    }
    return cost;
}

#define AHEAD 1024

ALWAYS int64_t hash_body(Search *s, const Table *tables, int64_t n_tables, int64_t n_codes,
                         int64_t budget, int64_t start_radius) {
    uint32_t candidates[AHEAD];
    uint32_t begins[GROUP], ends[GROUP];
    double spent = 0;
    for (int64_t radius = start_radius;; radius++) {
        for (int64_t here = 0; here < n_tables; here++) {
            const Table *t = tables + here;
            /* Without a bit set in an earlier look, all codes within so much have been met. */
            if (n_tables * radius + here > s->limit) return 1;
            if (radius > t->width) continue;
            const double next = cost_of(t, radius, (double)n_codes);
            if (spent + next > (double)budget) return 0;
            if (s->within >= s->wanted &&
                spent + cost_to_end(s, tables, n_tables, radius, here, (double)n_codes) >
                    4 * (double)budget)
                return 0;
            const uint64_t own = substring_of(t, s->examples[t->word]);
            const uint64_t beyond = (uint64_t)1 << t->width;
            uint64_t flips = radius ? ((uint64_t)1 << radius) - 1 : 0;
            int64_t n_ahead = 0;
            int done = 0;
            while (!done) {
                int64_t n_group = 0;
                while (n_group < GROUP) {
                    const uint64_t bucket = own ^ flips;
                    begins[n_group] = t->starts[bucket];
                    ends[n_group] = t->starts[bucket + 1];
                    n_group++;
                    if (!flips) {
                        done = 1;
                        break;
                    }
                    const uint64_t lowest = flips & (~flips + 1), ripple = flips + lowest;
                    flips = (((ripple ^ flips) >> 2) / lowest) | ripple;
                    if (flips >= beyond) {
                        done = 1;
                        break;
                    }
                }
                for (int64_t g = 0; g < n_group; g++) {
                    spent += 1 + (double)(ends[g] - begins[g]);
                    uint32_t at = begins[g];
                    while (at < ends[g]) {
                        if (n_ahead == AHEAD) {
                            if (s->n_found + AHEAD > s->capacity) {
                                compact(s);
                                if (s->n_found + AHEAD > s->capacity) return 0;
                            }
                            look_at(s, tables, n_tables, here, radius, candidates, n_ahead);
                            n_ahead = 0;
                        }
                        int64_t n = ends[g] - at;
                        if (n > AHEAD - n_ahead) n = AHEAD - n_ahead;
                        for (int64_t i = 0; i < n; i++) {
                            const uint32_t row = t->rows[at + i];
                            __builtin_prefetch(s->planes + row);
                            candidates[n_ahead + i] = row;
                        }
                        n_ahead += n;
                        at += (uint32_t)n;
                    }
                }
                if (spent > 2 * (double)budget) return 0;
            }
            if (s->n_found + AHEAD > s->capacity) {
                compact(s);
                if (s->n_found + AHEAD > s->capacity) return 0;
            }
            look_at(s, tables, n_tables, here, radius, candidates, n_ahead);
        }
    }
}

static int64_t hash_plain(Search *s, const Table *t, int64_t n_t, int64_t n, int64_t b) {
    return hash_body(s, t, n_t, n, b, 0);
}
#ifdef HAS_WIDE
MIDDLE static int64_t hash_middle(Search *s, const Table *t, int64_t n_t, int64_t n, int64_t b) {
    return hash_body(s, t, n_t, n, b, 0);
}
#endif

/* Finds the nearest through the tables; 0 if that would take longer than the budget allows, and
   whatever has been found so far is then to be thrown away. All bits must count. */
EXPORT int64_t ahash_hash(Search *s, const Table *tables, int64_t n_tables, int64_t n_codes,
                          int64_t budget) {
    if (s->limit < 0 || s->wanted < 1) return 1;
#ifdef HAS_WIDE
    if (__builtin_cpu_supports("avx2")) return hash_middle(s, tables, n_tables, n_codes, budget);
#endif
    return hash_plain(s, tables, n_tables, n_codes, budget);
}

/* ---- Scores: the cosine of activations, number by number as NumPy reckons it ---- */

#define MOST_BITS 4096

ALWAYS double value_of(uint16_t half) {
    const uint32_t is_endless = (half & 0x7c00) == 0x7c00;
    const uint32_t bits = ((uint32_t)(half & 0x7fff) << 13) | (is_endless ? 0x7f800000u : 0u);
    float value;
    memcpy(&value, &bits, 4);
    value *= is_endless ? 1.0f : 0x1p112f;
    return (half & 0x8000) ? -(double)value : (double)value;
}

/* The sum in the order in which NumPy adds a row up. */
ALWAYS double sum_of_block(const double *x, int64_t n) {
    if (n < 8) {
        double sum = 0;
        for (int64_t i = 0; i < n; i++) sum += x[i];
        return sum;
    }
    double r[8];
    int64_t i = 8;
    for (int64_t j = 0; j < 8; j++) r[j] = x[j];
    for (; i < n - n % 8; i += 8)
        for (int64_t j = 0; j < 8; j++) r[j] += x[i + j];
    double sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    for (; i < n; i++) sum += x[i];
    return sum;
}

static double sum_of_long(const double *x, int64_t n) {
    if (n <= 128) return sum_of_block(x, n);
    int64_t half = n / 2;
    half -= half % 8;
    return sum_of_long(x, half) + sum_of_long(x + half, n - half);
}

ALWAYS double sum_of(const double *x, int64_t n) {
    return n <= 128 ? sum_of_block(x, n) : sum_of_long(x, n);
}

ALWAYS void scores_body(const uint16_t *activations, int64_t n_bits, const int64_t *rows,
                        int64_t n_rows, const double *towards, const double *heard,
                        double *scores) {
    double values[MOST_BITS], products[MOST_BITS];
    for (int64_t r = 0; r < n_rows; r++) {
        const uint16_t *row = activations + rows[r] * n_bits;
        if (r + 16 < n_rows)
            for (int64_t b = 0; b < n_bits; b += 32)
                __builtin_prefetch(activations + rows[r + 16] * n_bits + b);
        for (int64_t b = 0; b < n_bits; b++) values[b] = value_of(row[b]);
        if (heard)
            for (int64_t b = 0; b < n_bits; b++) values[b] = heard[b] != 0 ? values[b] : 0.0;
        for (int64_t b = 0; b < n_bits; b++) products[b] = values[b] * values[b];
        const double length = __builtin_sqrt(sum_of(products, n_bits));
        if (!(length > 0))
            for (int64_t b = 0; b < n_bits; b++) values[b] = 0;
        const double divisor = length > 0 ? length : 1;
        for (int64_t b = 0; b < n_bits; b++) products[b] = values[b] / divisor * towards[b];
        scores[r] = sum_of(products, n_bits);
    }
}

#ifdef HAS_WIDE
WIDE static void scores_wide(const uint16_t *a, int64_t n_bits, const int64_t *rows, int64_t n,
                             const double *towards, const double *heard, double *scores) {
    scores_body(a, n_bits, rows, n, towards, heard, scores);
}
MIDDLE static void scores_middle(const uint16_t *a, int64_t n_bits, const int64_t *rows, int64_t n,
                                 const double *towards, const double *heard, double *scores) {
    scores_body(a, n_bits, rows, n, towards, heard, scores);
}
#endif

/* Scores of some rows: activations scaled to length 1, times the direction, summed; a bit that is
   not heard, if that is given, counts as 0. Returns 0 for codes that are too long. */
EXPORT int64_t ahash_scores(const uint16_t *activations, int64_t n_bits, const int64_t *rows,
                            int64_t n_rows, const double *towards, const double *heard,
                            double *scores) {
    if (n_bits > MOST_BITS) return 0;
#ifdef HAS_WIDE
    if (has_wide()) {
        scores_wide(activations, n_bits, rows, n_rows, towards, heard, scores);
        return 1;
    }
    if (__builtin_cpu_supports("avx2")) {
        scores_middle(activations, n_bits, rows, n_rows, towards, heard, scores);
        return 1;
    }
#endif
    scores_body(activations, n_bits, rows, n_rows, towards, heard, scores);
    return 1;
}
