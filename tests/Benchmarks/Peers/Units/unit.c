// The smallest isolated unit: says that it is there, then answers each byte it is given.
#include <unistd.h>

int main(void) {
    char asked;
    if (write(1, "R", 1) != 1) return 1;
    while (read(0, &asked, 1) == 1)
        if (write(1, "A", 1) != 1) return 1;
    return 0;
}
