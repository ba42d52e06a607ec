// What upstream's debugger asks of a target, and what is looked at before a packet of the PC reaches it.
//
// Upstream's handlers take a payload for the structure that they expect. Here it lies in a buffer that is long enough
// for each of them and zero behind the payload; where a handler goes by a length, the length is checked.

#include "debugger.h"
#include "reference.h"
#include "storage.h"
#include "target.h"

#include <Debugger.h>
#include <nanoCLR_Runtime.h>
#include <nanoHAL.h>
#include <target_common.h>
#include <WireProtocol_Message.h>

#include <stdio.h>
#include <string.h>

HAL_SYSTEM_CONFIG HalSystemConfig = {{1}, DEBUG_TRANSPORT | 1, DEBUG_TRANSPORT | 1, 0, 0, {0, 0}, {0, 0}};
bool g_fDoNotUninitializeDebuggerPort = true; // the port is this process's, and the same for all runs of the CLR

#define SAME_FLAG(ours, theirs)                                                                                        \
    static_assert(static_cast<uint32_t>(ours) == static_cast<uint32_t>(theirs), "flag of a packet")
#define SAME_COMMAND(ours, theirs)                                                                                     \
    static_assert(static_cast<uint32_t>(ours) == static_cast<uint32_t>(CLR_DBG_Commands::c_##theirs), "command")

SAME_FLAG(K230_WIRE_NON_CRITICAL, WP_Flags_c_NonCritical);
SAME_FLAG(K230_WIRE_REPLY, WP_Flags_c_Reply);
SAME_FLAG(K230_WIRE_BAD_HEADER, WP_Flags_c_BadHeader);
SAME_FLAG(K230_WIRE_BAD_PAYLOAD, WP_Flags_c_BadPayload);
SAME_FLAG(K230_WIRE_NO_CACHING, WP_Flags_c_NoCaching);
SAME_FLAG(K230_WIRE_NACK, WP_Flags_c_NACK);
SAME_FLAG(K230_WIRE_ACK, WP_Flags_c_ACK);
SAME_COMMAND(K230_WIRE_PING, Monitor_Ping);
SAME_COMMAND(K230_WIRE_MESSAGE, Monitor_Message);
SAME_COMMAND(K230_WIRE_READ_MEMORY, Monitor_ReadMemory);
SAME_COMMAND(K230_WIRE_WRITE_MEMORY, Monitor_WriteMemory);
SAME_COMMAND(K230_WIRE_CHECK_MEMORY, Monitor_CheckMemory);
SAME_COMMAND(K230_WIRE_ERASE_MEMORY, Monitor_EraseMemory);
SAME_COMMAND(K230_WIRE_EXECUTE, Monitor_Execute);
SAME_COMMAND(K230_WIRE_REBOOT, Monitor_Reboot);
SAME_COMMAND(K230_WIRE_MEMORY_MAP, Monitor_MemoryMap);
SAME_COMMAND(K230_WIRE_PROGRAM_EXIT, Monitor_ProgramExit);
SAME_COMMAND(K230_WIRE_DEPLOYMENT_MAP, Monitor_DeploymentMap);
SAME_COMMAND(K230_WIRE_FLASH_SECTOR_MAP, Monitor_FlashSectorMap);
SAME_COMMAND(K230_WIRE_QUERY_CONFIGURATION, Monitor_QueryConfiguration);
SAME_COMMAND(K230_WIRE_UPDATE_CONFIGURATION, Monitor_UpdateConfiguration);
SAME_COMMAND(K230_WIRE_STORAGE_OPERATION, Monitor_StorageOperation);
SAME_COMMAND(K230_WIRE_TARGET_INFO, Monitor_TargetInfo);
SAME_COMMAND(K230_WIRE_EXECUTION_CHANGE_CONDITIONS, Debugging_Execution_ChangeConditions);
SAME_COMMAND(K230_WIRE_EXECUTION_BREAKPOINTS, Debugging_Execution_Breakpoints);
SAME_COMMAND(K230_WIRE_EXECUTION_BREAKPOINT_HIT, Debugging_Execution_BreakpointHit);
SAME_COMMAND(K230_WIRE_EXECUTION_BREAKPOINT_STATUS, Debugging_Execution_BreakpointStatus);
SAME_COMMAND(K230_WIRE_EXECUTION_QUERY_CLR_CAPABILITIES, Debugging_Execution_QueryCLRCapabilities);
SAME_COMMAND(K230_WIRE_THREAD_LIST, Debugging_Thread_List);
SAME_COMMAND(K230_WIRE_THREAD_STACK, Debugging_Thread_Stack);
SAME_COMMAND(K230_WIRE_STACK_INFO, Debugging_Stack_Info);
SAME_COMMAND(K230_WIRE_VALUE_GET_STACK, Debugging_Value_GetStack);
SAME_COMMAND(K230_WIRE_TYPE_SYS_ASSEMBLIES, Debugging_TypeSys_Assemblies);
SAME_COMMAND(K230_WIRE_RESOLVE_ASSEMBLY, Debugging_Resolve_Assembly);
SAME_COMMAND(K230_WIRE_DEPLOYMENT_STATUS, Debugging_Deployment_Status);
SAME_COMMAND(K230_WIRE_INFO_SET_JMC, Debugging_Info_SetJMC);
static_assert(sizeof(WP_Packet) == sizeof(struct k230_wire_header) && offsetof(WP_Packet, m_cmd) == 16 &&
                  offsetof(WP_Packet, m_seq) == 20 && offsetof(WP_Packet, m_seqReply) == 22 &&
                  offsetof(WP_Packet, m_flags) == 24 && offsetof(WP_Packet, m_size) == 28,
              "header of a packet");
static_assert(WP_PACKET_SIZE == K230_WIRE_PAYLOAD_MAX, "payload of a packet");

void K230_DebuggerUse(struct k230_store *store)
{
    K230_StorageUse(store);
    HalSystemConfig.RAM1.Base = K230_HeapReference();
    HalSystemConfig.RAM1.Size = K230_HeapBytes();
    HalSystemConfig.FLASH1.Base = K230_STORAGE_BASE;
    HalSystemConfig.FLASH1.Size = k230_store_bytes(store);
}

// ---- packets
// ---------------------------------------------------------------------------------------------------------

static bool IsWithin(uint32_t address, uint32_t length, const HAL_SYSTEM_MEMORY_CONFIG &memory)
{
    const uint32_t offset = address - memory.Base;

    return offset < memory.Size && length <= memory.Size - offset;
}

static bool IsMemory(uint32_t address, uint32_t length)
{
    return IsWithin(address, length, HalSystemConfig.FLASH1) || IsWithin(address, length, HalSystemConfig.RAM1);
}

// A deployment that reaches beyond the store: the PC has been told its size, and some tools ask for more all the same.
static void ReportRoom(uint32_t address, uint32_t length)
{
    if (address - K230_STORAGE_BASE <= HalSystemConfig.FLASH1.Size) {
        K230_Complain(
            "%u bytes at %u do not fit the store of deployed programs, which has %u; build the firmware with a "
            "larger K230_STORE_BYTES, or deploy less",
            static_cast<unsigned>(length), static_cast<unsigned>(address - K230_STORAGE_BASE),
            static_cast<unsigned>(HalSystemConfig.FLASH1.Size));
    }
}

// Whether upstream's handler may see the packet.
static bool IsSound(const struct k230_wire_header &header, const uint8_t *payload)
{
    uint32_t address;
    uint32_t length;

    memcpy(&address, payload, sizeof address);
    memcpy(&length, payload + sizeof address, sizeof length);

    switch (header.command) {
    case K230_WIRE_EXECUTE: // jumps to an address of 32 bits
        return false;
    case K230_WIRE_CHECK_MEMORY:
        return IsWithin(address, length, HalSystemConfig.FLASH1);
    case K230_WIRE_WRITE_MEMORY:
        if (header.size < 2 * sizeof address || length > header.size - 2 * sizeof address) {
            return false;
        }
        // fall through
    case K230_WIRE_ERASE_MEMORY:
        if (!IsMemory(address, length)) {
            ReportRoom(address, length);
            return false;
        }
        return true;
    case K230_WIRE_EXECUTION_BREAKPOINTS:
        return header.size >= sizeof(uint32_t);
    case CLR_Messaging_Commands::c_Messaging_Send:
    case CLR_Messaging_Commands::c_Messaging_Reply:
        return header.size >= sizeof(CLR_RT_HeapBlock_EndPoint::Address);
    default:
        return true;
    }
}

// The PC's library asks for strings of 128 bytes and more, and throws when it gets one (it has room for 128), and also
// when it gets a NACK. With an error code it shows the beginning, which it has.
static void RefuseToRead(WP_Message *message)
{
    const uint32_t error = AccessMemoryErrorCode_PermissionDenied;

    WP_ReplyToCommand(message, true, false, const_cast<uint32_t *>(&error), sizeof error);
}

void K230_DebuggerHandle(const struct k230_wire_header &header, uint8_t *payload)
{
    WP_Message message;

    memcpy(&message.m_header, &header, sizeof header);
    message.m_payload = payload;

    if ((header.flags & (K230_WIRE_REPLY | K230_WIRE_NACK)) == 0) {
        if (header.command == K230_WIRE_READ_MEMORY) {
            RefuseToRead(&message);
            return;
        }
        if (!IsSound(header, payload)) {
            WP_ReplyToCommand(&message, false, false, NULL, 0);
            return;
        }
    }

    Messaging_ProcessPayload(&message);
}

extern "C" {

uint8_t WP_TransmitMessage(WP_Message *message)
{
    struct k230_wire_header header;

    memcpy(&header, &message->m_header, sizeof header);
    return K230_DebuggerSend(header, message->m_payload);
}

int nanoBooter_GetTargetInfo(TargetInfo *info)
{
    memset(info, 0, sizeof *info);
    info->ClrVersion.usMajor = VERSION_MAJOR;
    info->ClrVersion.usMinor = VERSION_MINOR;
    info->ClrVersion.usBuild = VERSION_BUILD;
    info->ClrVersion.usRevision = VERSION_REVISION;
    memcpy(info->InfoString, OEMSYSTEMINFOSTRING, sizeof OEMSYSTEMINFOSTRING);
    memcpy(info->TargetName, TARGETNAMESTRING, sizeof TARGETNAMESTRING);
    memcpy(info->PlatformName, PLATFORMNAMESTRING, sizeof PLATFORMNAMESTRING);
    memcpy(info->PlatformInfoString, TARGETINFOSTRING, sizeof TARGETINFOSTRING);
    return true;
}
}

static void Copy(uint8_t *to, size_t room, const char *from, size_t length)
{
    memset(to, 0, room);
    if (from != NULL) {
        memcpy(to, from, length < room ? length : room - 1);
    }
}

void NFReleaseInfo::Init(NFReleaseInfo &release, unsigned short major, unsigned short minor, unsigned short build,
                         unsigned short revision, const char *info, size_t infoLength, const char *target,
                         size_t targetLength, const char *platform, size_t platformLength)
{
    NFVersion::Init(release.Version, major, minor, build, revision);
    Copy(reinterpret_cast<uint8_t *>(release.InfoString), sizeof release.InfoString, info, infoLength);
    Copy(reinterpret_cast<uint8_t *>(release.TargetName), sizeof release.TargetName, target, targetLength);
    Copy(reinterpret_cast<uint8_t *>(release.PlatformName), sizeof release.PlatformName, platform, platformLength);
}
