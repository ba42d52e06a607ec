/* A stand-in: the configuration of a network interface, as far as the PAL writes it. */
#ifndef K230_TESTS_NANOHAL_NETWORK_H
#define K230_TESTS_NANOHAL_NETWORK_H

#include <cstdint>

enum NetworkInterfaceType { NetworkInterfaceType_Ethernet = 6, NetworkInterfaceType_Wireless80211 = 71 };
enum AddressMode { AddressMode_DHCP = 1, AddressMode_Static = 2, AddressMode_AutoIP = 3 };

static const unsigned char c_MARKER_CONFIGURATION_NETWORK_V1[] = "CN1";

struct HAL_Configuration_NetworkInterface {
    uint8_t Marker[4];
    uint8_t MacAddress[6];
    uint32_t IPv4Address; /* in network order, as those that follow */
    uint32_t IPv4NetMask;
    uint32_t IPv4GatewayAddress;
    uint32_t IPv4DNSAddress1;
    uint32_t IPv4DNSAddress2;
    uint8_t AutomaticDNS;
    NetworkInterfaceType InterfaceType;
    AddressMode StartupAddressMode;
};

#endif
