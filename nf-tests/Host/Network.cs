// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Net;

namespace K230.Sockets.HostTests
{
    /// <summary>
    /// Where the two ends of a test are: our sockets, on the stack that the agent serves, and their peers, which are
    /// sockets of the kernel. Over the kernel's own stack both are the loopback; over lwIP they are the two ends of the
    /// cable that board/virtual/lwip-namespace.sh makes.
    /// </summary>
    internal static class Network
    {
        internal static readonly bool IsLwip = Environment.GetEnvironmentVariable("K230_STACK") == "lwip";

        /// <summary>The peers' end.</summary>
        internal static readonly string Kernel = Setting("K230_KERNEL_IP", "127.0.0.1");

        internal static readonly string Kernel6 = Setting("K230_KERNEL_IP6", "::1");

        /// <summary>Our end.</summary>
        internal static readonly string Ours = Setting("K230_LWIP_IP", "127.0.0.1");

        internal static readonly string Ours6 = Setting("K230_LWIP_IP6", "::1");

        /// <summary>Everybody on the cable.</summary>
        internal static readonly string Broadcast = IsLwip ? "192.0.2.255" : "127.255.255.255";

        /// <summary>As /proc/PID/stat has it, which cuts a name after 15 characters.</summary>
        internal static readonly string Agent = IsLwip ? "k230-agent-lwip" : "k230-agent";

        /// <summary>The longest datagram that arrives from the cable: lwIP puts ten fragments of 1480 bytes together
        /// again and no more (IP_REASS_MAX_PBUFS).</summary>
        internal static readonly int LongestArriving = IsLwip ? 10 * 1480 - 8 : 65507;

        /// <summary>The longest over IPv6: lwIP counts the headers of 48 bytes into its 16 bits.</summary>
        internal static readonly int Longest6 = IsLwip ? 65535 - 48 : 65507;

        internal static IPAddress KernelAddress
        {
            get { return IPAddress.Parse(Kernel); }
        }

        internal static IPAddress Kernel6Address
        {
            get { return IPAddress.Parse(Kernel6); }
        }

        private static string Setting(string name, string onLoopback)
        {
            if (!IsLwip)
            {
                return onLoopback;
            }

            return Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException(
                name + " is not set: run with K230_STACK=lwip inside board/virtual/lwip-namespace.sh");
        }
    }
}
