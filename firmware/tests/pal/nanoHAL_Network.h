/* A stand-in: the configuration of a network interface, as far as the PAL writes it. */
#ifndef K230_TESTS_NANOHAL_NETWORK_H
#define K230_TESTS_NANOHAL_NETWORK_H

#include <cstdint>

enum NetworkInterfaceType { NetworkInterfaceType_Ethernet = 6, NetworkInterfaceType_Wireless80211 = 71 };

struct HAL_Configuration_NetworkInterface {
    uint8_t MacAddress[6];
    uint32_t IPv4Address; /* in network order, as those that follow */
    uint32_t IPv4NetMask;
    uint32_t IPv4GatewayAddress;
    uint32_t IPv4DNSAddress1;
    uint32_t IPv4DNSAddress2;
    NetworkInterfaceType InterfaceType;
};

#endif
