// build: gcc-O2, gcc-O3-pie-strip
// flags: -I{corpus}/usr/include {corpus}/usr/lib/aarch64-linux-gnu/libpcre2-8.a
// A just-in-time compiler of others: PCRE2 makes a function of every regular expression. Each is matched by that function and by the library's interpreter.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <string.h>

static const char *const patterns[] = {
    "(\\w+)@(\\w+)\\.com",
    "^(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!$)|$)){4}",
    "(a+)+b",
    "\\b(\\d{1,3}(?:,\\d{3})*)\\b",
    "(?<year>\\d{4})-(?<month>\\d\\d)-(?<day>\\d\\d)",
    "(?i)the (QUICK|slow) (?:brown )?(fox|dog)",
    "(?<=\\$)\\d+(?:\\.\\d\\d)?",
    "^(.*?),(.*?),(.*)$",
    "(\\((?:[^()]++|(?1))*\\))",
    "([[:alpha:]]+) \\1",
    "(?s)begin(.*)end",
    "[^\\x00-\\x7f]+",
    "(?>a*)ab|z{2,5}?",
    "(?(?=a)ab|cd)+",
};
static const char *const subjects[] = {
    "write to someone@example.com or nobody@nowhere.com, please",
    "192.168.0.255",
    "aaaaaaaaaaaac aab",
    "of 1,234,567 there are 89 and 12,34",
    "between 2021-03-04 and 1999-12-31.",
    "The Quick brown Fox and the SLOW dog",
    "it costs $15.99, not $7",
    "one,two,three,four",
    "f(a(b)(c(d)e)f) (unclosed (x)",
    "that that is is",
    "begin\nmiddle\nend of the end",
    "plain and caf\xc3\xa9 \xe2\x82\xac",
    "aaab zzzzzz ababab cdcd",
    "",
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

// All matches of a pattern in a subject, as text.
static int matches(pcre2_code *code, const char *subject, int jit, char *out, size_t room) {
  pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
  size_t at = 0, length = strlen(subject), used = 0;
  int found = 0;
  out[0] = 0;
  while (at <= length) {
    int rc = jit ? pcre2_jit_match(code, (PCRE2_SPTR)subject, length, at, 0, data, NULL)
                 : pcre2_match(code, (PCRE2_SPTR)subject, length, at, PCRE2_NO_JIT, data, NULL);
    if (rc < 0) {
      if (rc != PCRE2_ERROR_NOMATCH) used += snprintf(out + used, room - used, " error %d", rc);
      break;
    }
    found++;
    PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(data);
    for (int i = 0; i < rc; i++)
      if (offsets[2 * i] == PCRE2_UNSET) used += snprintf(out + used, room - used, " -");
      else used += snprintf(out + used, room - used, " %zu-%zu", offsets[2 * i], offsets[2 * i + 1]);
    used += snprintf(out + used, room - used, ";");
    at = offsets[1] > at ? offsets[1] : at + 1;
  }
  pcre2_match_data_free(data);
  return found;
}

int main(void) {
  static char compiled[65536], interpreted[65536];
  static char text[4000];
  for (size_t i = 0; i < COUNT(patterns); i++) {
    int error;
    PCRE2_SIZE where;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)patterns[i], PCRE2_ZERO_TERMINATED, 0, &error, &where, NULL);
    if (!code) {
      printf("%s: error %d at %zu\n", patterns[i], error, where);
      continue;
    }
    size_t size = 0;
    int rc = pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    pcre2_pattern_info(code, PCRE2_INFO_JITSIZE, &size);
    printf("%s: jit %d, code %s\n", patterns[i], rc, size ? "yes" : "no");
    for (size_t j = 0; j < COUNT(subjects); j++) {
      int n = matches(code, subjects[j], 1, compiled, sizeof compiled);
      matches(code, subjects[j], 0, interpreted, sizeof interpreted);
      if (strcmp(compiled, interpreted)) printf("  %zu: %s is not %s\n", j, compiled, interpreted);
      if (n) printf("  %zu:%s\n", j, compiled);
    }
    // A long subject, so that the made function runs for a while.
    size_t used = 0;
    for (int n = 0; used < sizeof text - 200; n++)
      used += sprintf(text + used, "%s|%d ", subjects[n % (int)(COUNT(subjects) - 1)], n);
    static char longer[1 << 20];
    int n = matches(code, text, 1, longer, sizeof longer);
    unsigned sum = 0;
    for (char *c = longer; *c; c++) sum = sum * 31 + (unsigned char)*c;
    printf("  long: %d %08x\n", n, sum);
    pcre2_code_free(code);
  }
  return 0;
}
