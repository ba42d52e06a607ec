/* The stand-in has nothing here. */
#include "nanoCLR_Runtime.h"
