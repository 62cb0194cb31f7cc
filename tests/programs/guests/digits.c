// build: gcc-O2, gcc-O3-pie, zig-O3, gcc-O0-musl
// seconds: 120
// A network of two layers learns to read digits: 7-by-5 pictures with noise and shifts, which the program draws itself.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { W = 8, H = 9, IN = W * H, HIDDEN = 24, OUT = 10, TRAIN = 1200, TEST = 300, EPOCHS = 6 };

static const char *const glyphs[10] = {
    "01110100011001110101110011000101110", "00100011000010000100001000010001110", "01110100010000100010001000100011111", "11111000100010000010000011000101110",
    "00010001100101010010111110001000010", "11111100001111000001000011000101110", "00110010001000011110100011000101110", "11111000010001000100010000100001000",
    "01110100011000101110100011000101110", "01110100011000101111000010001001100",
};

static uint32_t seed = 2463534242u;
static uint32_t next_random(void) {
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}
static float uniform(void) { return (float)(next_random() >> 8) / (1 << 24); }

static void draw(int digit, float *picture) {
    int dx = (int)(next_random() % 4), dy = (int)(next_random() % 3);
    for (int i = 0; i < IN; i++)
        picture[i] = 0.2f * uniform();
    for (int y = 0; y < 7; y++)
        for (int x = 0; x < 5; x++)
            if (glyphs[digit][y * 5 + x] == '1' && next_random() % 25)
                picture[(y + dy) * W + x + dx] = 0.8f + 0.2f * uniform();
}

static float w1[HIDDEN][IN + 1], w2[OUT][HIDDEN + 1];

static int forward(const float *in, float *hidden, float *out) {
    for (int h = 0; h < HIDDEN; h++) {
        float sum = w1[h][IN];
        for (int i = 0; i < IN; i++)
            sum += w1[h][i] * in[i];
        hidden[h] = tanhf(sum);
    }
    float total = 0, largest = -1e30f;
    int best = 0;
    for (int o = 0; o < OUT; o++) {
        float sum = w2[o][HIDDEN];
        for (int h = 0; h < HIDDEN; h++)
            sum += w2[o][h] * hidden[h];
        out[o] = sum;
        if (sum > largest) {
            largest = sum;
            best = o;
        }
    }
    for (int o = 0; o < OUT; o++)
        total += out[o] = expf(out[o] - largest);
    for (int o = 0; o < OUT; o++)
        out[o] /= total;
    return best;
}

static void learn(const float *in, int digit, float rate) {
    float hidden[HIDDEN], out[OUT], back[HIDDEN] = {0};
    forward(in, hidden, out);
    for (int o = 0; o < OUT; o++) {
        float error = out[o] - (o == digit);
        for (int h = 0; h < HIDDEN; h++) {
            back[h] += error * w2[o][h];
            w2[o][h] -= rate * error * hidden[h];
        }
        w2[o][HIDDEN] -= rate * error;
    }
    for (int h = 0; h < HIDDEN; h++) {
        float error = back[h] * (1 - hidden[h] * hidden[h]);
        for (int i = 0; i < IN; i++)
            w1[h][i] -= rate * error * in[i];
        w1[h][IN] -= rate * error;
    }
}

int main(void) {
    static float pictures[TRAIN + TEST][IN];
    static int labels[TRAIN + TEST];
    for (int n = 0; n < TRAIN + TEST; n++)
        draw(labels[n] = n % 10, pictures[n]);
    for (int h = 0; h < HIDDEN; h++)
        for (int i = 0; i <= IN; i++)
            w1[h][i] = 0.3f * (uniform() - 0.5f);
    for (int o = 0; o < OUT; o++)
        for (int h = 0; h <= HIDDEN; h++)
            w2[o][h] = 0.3f * (uniform() - 0.5f);
    int right = 0;
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        for (int n = 0; n < TRAIN; n++)
            learn(pictures[n], labels[n], 0.1f / (1 + epoch));
        right = 0;
        float hidden[HIDDEN], out[OUT];
        for (int n = TRAIN; n < TRAIN + TEST; n++)
            right += forward(pictures[n], hidden, out) == labels[n];
        printf("epoch %d: %d of %d right, weight %.4f\n", epoch, right, TEST, w2[3][5]);
    }
    float hidden[HIDDEN], out[OUT];
    forward(pictures[TRAIN + 3], hidden, out);
    for (int o = 0; o < OUT; o++)
        printf("%.3f ", out[o]);
    puts("");
    return right < TEST * 9 / 10;
}
