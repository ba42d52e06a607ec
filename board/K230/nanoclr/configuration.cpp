// The one network configuration that System.Net asks for: Ethernet, index 0. The PAL puts the small core's live
// addresses over it at each read, and decides about each request for others
// (SOCK_CONFIGURATION_UpdateAdapterConfiguration), so nothing is ever stored here: a request that was refused leaves no
// trace.

#include <nanoCLR_Runtime.h>
#include <nanoHAL.h>
#include <nanoHAL_ConfigurationManager.h>
#include <nanoHAL_Network.h>

#include <string.h>

HAL_TARGET_CONFIGURATION g_TargetConfiguration;

static HAL_Configuration_NetworkInterface s_interface;

// A list of upstream's: a count, then that many pointers.
template <class List, size_t N> struct ListOf {
    alignas(List) unsigned char memory[sizeof(List) + N * sizeof(void *)];

    List *Of(uint8_t count)
    {
        memset(memory, 0, sizeof memory);
        List *list = reinterpret_cast<List *>(memory);
        list->Count = count;
        return list;
    }
};

static ListOf<HAL_CONFIGURATION_NETWORK, 1> s_network;
static ListOf<HAL_CONFIGURATION_NETWORK_WIRELESS80211, 0> s_wireless;
static ListOf<HAL_CONFIGURATION_NETWORK_WIRELESSAP, 0> s_accessPoints;
static ListOf<HAL_CONFIGURATION_X509_CERTIFICATE, 0> s_certificates;
static ListOf<HAL_CONFIGURATION_X509_DEVICE_CERTIFICATE, 0> s_deviceCertificates;

static bool IsOurs(DeviceConfigurationOption what, uint32_t index)
{
    return what == DeviceConfigurationOption_Network && index == 0;
}

static void Name(char *text, size_t size, const char *name)
{
    if (text != NULL && size > 0) {
        hal_strncpy_s(text, size, name, size - 1);
    }
}

extern "C" {

bool InitialiseNetworkDefaultConfig(HAL_Configuration_NetworkInterface *config, uint32_t)
{
    memset(config, 0, sizeof *config);
    memcpy(config->Marker, c_MARKER_CONFIGURATION_NETWORK_V1, sizeof config->Marker);
    config->InterfaceType = NetworkInterfaceType_Ethernet;
    config->StartupAddressMode = AddressMode_DHCP;
    config->AutomaticDNS = 1;
    return true;
}

void ConfigurationManager_Initialize()
{
    InitialiseNetworkDefaultConfig(&s_interface, 0);
    ConfigurationManager_EnumerateConfigurationBlocks();
}

void ConfigurationManager_EnumerateConfigurationBlocks()
{
    g_TargetConfiguration.NetworkInterfaceConfigs = s_network.Of(1);
    g_TargetConfiguration.NetworkInterfaceConfigs->Configs[0] = &s_interface;
    g_TargetConfiguration.Wireless80211Configs = s_wireless.Of(0);
    g_TargetConfiguration.WirelessAPConfigs = s_accessPoints.Of(0);
    g_TargetConfiguration.CertificateStore = s_certificates.Of(0);
    g_TargetConfiguration.DeviceCertificates = s_deviceCertificates.Of(0);
}

bool ConfigurationManager_GetConfigurationBlock(void *block, DeviceConfigurationOption what, uint32_t index)
{
    if (!IsOurs(what, index)) {
        return false;
    }

    memcpy(block, &s_interface, sizeof s_interface);
    return true;
}

// A debugger's way, which goes past the PAL.
bool ConfigurationManager_StoreConfigurationBlock(void *, DeviceConfigurationOption, uint32_t, uint32_t, uint32_t, bool)
{
    return false;
}

// With Success System.Net's native asks the PAL next, and throws what that answers.
UpdateConfigurationResult ConfigurationManager_UpdateConfigurationBlock(void *, DeviceConfigurationOption what,
                                                                        uint32_t index)
{
    return IsOurs(what, index) ? UpdateConfigurationResult_Success : UpdateConfigurationResult_Failed;
}

void ConfigurationManager_GetOemModelSku(char *text, size_t size) { Name(text, size, "K230"); }

void ConfigurationManager_GetModuleSerialNumber(char *text, size_t size) { Name(text, size, ""); }

void ConfigurationManager_GetSystemSerialNumber(char *text, size_t size) { Name(text, size, ""); }
}

// System.Net's natives name what wireless interfaces have; there are none.
int Network_Interface_Max_Stations() { return 0; }

bool Network_Interface_Get_Station(uint16_t, uint8_t *, uint8_t *, uint32_t *) { return false; }

void Network_Interface_Deauth_Station(uint16_t) {}
