/* The compilation whose precompiled headers the tests use. */
int main() {}
