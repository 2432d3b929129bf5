// spawn COUNT COMMAND…: starts units one after the other and prints for each, in µs from before it was started, when it said that it was
// there and when it answered its first question. "{}" in an argument becomes a name no other unit has. The command's program is looked
// up in PATH. A unit that does not answer ends it with 1.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ARGUMENTS = 64, LONGEST = 512 };

extern char **environ;

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static char *named(char *argument, int unit) {
    char *hole = strstr(argument, "{}");
    if (!hole) return argument;
    char *name = malloc(LONGEST);
    snprintf(name, LONGEST, "%.*s%d-%d%s", (int)(hole - argument), argument, (int)getpid(), unit, hole + 2);
    return name;
}

static int expects(int from, char answer) {
    char c;
    return read(from, &c, 1) == 1 && c == answer;
}

static int run(char **command, int unit) {
    char *arguments[MOST_ARGUMENTS + 1];
    int n = 0, asks[2], answers[2];
    for (; command[n] && n < MOST_ARGUMENTS; n++) arguments[n] = named(command[n], unit);
    arguments[n] = NULL;
    if (pipe2(asks, O_CLOEXEC) || pipe2(answers, O_CLOEXEC)) return 0;

    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, asks[0], 0);
    posix_spawn_file_actions_adddup2(&files, answers[1], 1);
    pid_t pid;
    double began = now_us();
    int failed = posix_spawnp(&pid, arguments[0], &files, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&files);
    close(asks[0]);
    close(answers[1]);
    if (failed) {
        fprintf(stderr, "%s: %s\n", arguments[0], strerror(failed));
        return 0;
    }

    int ready = expects(answers[0], 'R');
    double there = now_us();
    int answered = ready && write(asks[1], "q", 1) == 1 && expects(answers[0], 'A');
    double done = now_us();
    // It ends by itself when nobody can ask any more; that is not measured, and the next waits for it.
    close(asks[1]);
    close(answers[0]);
    waitpid(pid, NULL, 0);
    if (answered) printf("%.1f %.1f\n", there - began, done - began);
    return answered;
}

int main(int count, char **arguments) {
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (count < 3) return 2;
    for (int unit = 0; unit < atoi(arguments[1]); unit++)
        if (!run(arguments + 2, unit)) return 1;
    return 0;
}
