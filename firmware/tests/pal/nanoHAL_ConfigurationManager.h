/* A stand-in: the blocks of configuration that a target keeps, as far as nanoclr's configuration.cpp has any. */
#ifndef K230_TESTS_NANOHAL_CONFIGURATION_MANAGER_H
#define K230_TESTS_NANOHAL_CONFIGURATION_MANAGER_H

#include "nanoHAL_Network.h"

#include <cstddef>
#include <cstring>

enum DeviceConfigurationOption {
    DeviceConfigurationOption_Network = 1,
    DeviceConfigurationOption_Wireless80211Network
};
enum UpdateConfigurationResult {
    UpdateConfigurationResult_Success = 1,
    UpdateConfigurationResult_Failed,
    UpdateConfigurationResult_NoChanges,
};

/* A count, then that many pointers. */
struct HAL_CONFIGURATION_NETWORK {
    uint8_t Count;
    HAL_Configuration_NetworkInterface *Configs[1];
};
struct HAL_CONFIGURATION_OTHER {
    uint8_t Count;
};
typedef HAL_CONFIGURATION_OTHER HAL_CONFIGURATION_NETWORK_WIRELESS80211, HAL_CONFIGURATION_NETWORK_WIRELESSAP,
    HAL_CONFIGURATION_X509_CERTIFICATE, HAL_CONFIGURATION_X509_DEVICE_CERTIFICATE;

struct HAL_TARGET_CONFIGURATION {
    HAL_CONFIGURATION_NETWORK *NetworkInterfaceConfigs;
    HAL_CONFIGURATION_NETWORK_WIRELESS80211 *Wireless80211Configs;
    HAL_CONFIGURATION_NETWORK_WIRELESSAP *WirelessAPConfigs;
    HAL_CONFIGURATION_X509_CERTIFICATE *CertificateStore;
    HAL_CONFIGURATION_X509_DEVICE_CERTIFICATE *DeviceCertificates;
};
extern HAL_TARGET_CONFIGURATION g_TargetConfiguration;

extern "C" {
bool InitialiseNetworkDefaultConfig(HAL_Configuration_NetworkInterface *config, uint32_t index);
void ConfigurationManager_Initialize();
void ConfigurationManager_EnumerateConfigurationBlocks();
bool ConfigurationManager_GetConfigurationBlock(void *block, DeviceConfigurationOption what, uint32_t index);
bool ConfigurationManager_StoreConfigurationBlock(void *block, DeviceConfigurationOption what, uint32_t index,
                                                  uint32_t size, uint32_t offset, bool done);
UpdateConfigurationResult ConfigurationManager_UpdateConfigurationBlock(void *block, DeviceConfigurationOption what,
                                                                        uint32_t index);
void ConfigurationManager_GetOemModelSku(char *text, size_t size);
void ConfigurationManager_GetModuleSerialNumber(char *text, size_t size);
void ConfigurationManager_GetSystemSerialNumber(char *text, size_t size);
}
int Network_Interface_Max_Stations();
bool Network_Interface_Get_Station(uint16_t index, uint8_t *mac, uint8_t *rssi, uint32_t *phy);
void Network_Interface_Deauth_Station(uint16_t index);
inline void hal_strncpy_s(char *to, size_t, const char *from, size_t count)
{
    strncpy(to, from, count);
    to[count] = '\0';
}

#endif
