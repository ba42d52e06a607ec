#include "rt_double.h" /* stands for RT-Smart's */
