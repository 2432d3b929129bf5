// guest-program
// How often each word is in a text, the most frequent first. An ordinary C program: it reads standard input, writes standard
// output, and knows nothing of cells. Exit code 1: there was no word.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char *text;
    long times;
} word;

static int by_text(const void *a, const void *b) { return strcmp(((const word *)a)->text, ((const word *)b)->text); }

static int by_times(const void *a, const void *b) {
    const word *x = a, *y = b;
    return x->times != y->times ? (x->times < y->times ? 1 : -1) : strcmp(x->text, y->text);
}

static char *next_word(void) {
    static char buffer[64];
    size_t length = 0;
    int c;
    while ((c = getchar()) != EOF) {
        if (isalnum(c) && length < sizeof buffer - 1) buffer[length++] = (char)tolower(c);
        else if (!isalnum(c) && length > 0) break;
    }
    buffer[length] = '\0';
    return length == 0 ? NULL : strdup(buffer);
}

int main(int argc, char **argv) {
    word *words = NULL;
    size_t count = 0, room = 0;
    for (char *text; (text = next_word()) != NULL; count++) {
        if (count == room && (words = realloc(words, (room = room == 0 ? 256 : 2 * room) * sizeof *words)) == NULL) return 2;
        words[count] = (word){text, 1};
    }
    if (count == 0) {
        fprintf(stderr, "%s: no word in the text\n", argc > 1 ? argv[1] : argv[0]);
        return 1;
    }
    qsort(words, count, sizeof *words, by_text);
    size_t kinds = 0;
    for (size_t i = 0; i < count; i++) {
        if (kinds > 0 && strcmp(words[kinds - 1].text, words[i].text) == 0) words[kinds - 1].times++;
        else words[kinds++] = words[i];
    }
    qsort(words, kinds, sizeof *words, by_times);
    for (size_t i = 0; i < kinds; i++) printf("%ld %s\n", words[i].times, words[i].text);
    return 0;
}
