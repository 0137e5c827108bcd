/* Stencils of 1,000 points, as one writes them by hand: `stencils FORM STEPS RUNS` prints the milliseconds of a run, and a value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#define N 1000

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

/* u_i <- u_i + k (u_{i-1} - 2 u_i + u_{i+1}), zeros outside; the sum at the end. */
#define HEAT(F, NAME) \
  static F NAME(const F *u0, int steps) { \
    static F a[N], b[N]; \
    F *u = a, *v = b, k = (F)0.2, s = 0; \
    memcpy(u, u0, sizeof a); \
    for (int t = 0; t < steps; t++) { \
      v[0] = u[0] + k * (u[1] - 2 * u[0]); \
      for (int i = 1; i < N - 1; i++) v[i] = u[i] + k * (u[i - 1] - 2 * u[i] + u[i + 1]); \
      v[N - 1] = u[N - 1] + k * (u[N - 2] - 2 * u[N - 1]); \
      F *w = u; u = v; v = w; \
    } \
    for (int i = 0; i < N; i++) s += u[i]; \
    return s; \
  }
HEAT(float, heat32)
HEAT(double, heat64)

/* y_i' = x_i y_{i-1} with 1 before y_0, from 0 to 2 by Runge and Kutta; the first and the last element. */
#define SLOPE(K, Y) K[0] = x[0]; for (int i = 1; i < N; i++) K[i] = x[i] * Y[i - 1];
#define MOVE(H, K) for (int i = 0; i < N; i++) z[i] = y[i] + (H) * K[i];
#define ODE(F, NAME) \
  static F NAME(const F *x, int steps) { \
    static F y[N], k1[N], k2[N], k3[N], k4[N], z[N]; \
    F h = (F)2 / steps; \
    memset(y, 0, sizeof y); \
    for (int t = 0; t < steps; t++) { \
      SLOPE(k1, y) MOVE(h / 2, k1) SLOPE(k2, z) MOVE(h / 2, k2) SLOPE(k3, z) MOVE(h, k3) SLOPE(k4, z) \
      for (int i = 0; i < N; i++) y[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]); \
    } \
    return y[N - 1] + y[0]; \
  }
ODE(float, ode32)
ODE(double, ode64)

int main(int count, char **given) {
  static float f[N];
  static double d[N];
  if (count < 4) return 1;
  const char *form = given[1];
  int steps = atoi(given[2]), runs = atoi(given[3]);
  for (int i = 0; i < N; i++) f[i] = d[i] = 0.5 + 0.001 * i;
  volatile double value = 0;
  double start = now();
  for (int i = 0; i < runs; i++) {
    f[1] = d[1] = 0.501; /* so that no run is known to be the one before */
    if (!strcmp(form, "heat f32")) value = heat32(f, steps);
    else if (!strcmp(form, "heat f64")) value = heat64(d, steps);
    else if (!strcmp(form, "ode f32")) value = ode32(f, steps);
    else if (!strcmp(form, "ode f64")) value = ode64(d, steps);
    else return 1;
    __asm__ volatile("" ::: "memory");
  }
  printf("%.9f %.17g\n", (now() - start) / runs, (double)value);
  return 0;
}
