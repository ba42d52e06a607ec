// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Sockets.Conformance
{
    /// <summary>
    /// What the tests must know of the network that they run in. On a device, edit it; on a workstation OnWorkstation.cs of Runner does.
    /// </summary>
    internal static class Network
    {
        /// <summary>
        /// Where both peers are. Without a loop device (the K230's stock RT-Thread has none) it is the board's own
        /// address.
        /// </summary>
        internal static string Host = "127.0.0.1";

        /// <summary>An address that no machine has (RFC 5737).</summary>
        internal static string Foreign = "203.0.113.1";

        /// <summary>
        /// An address of the board's own network that answers nothing. Null where a listener whose queue is full does
        /// the same: Linux then answers no more clients, lwIP accepts all of them (TCP_LISTEN_BACKLOG is off).
        /// </summary>
        internal static string Silent = null;

        /// <summary>The address of the interface on which groups are joined.</summary>
        internal static string Interface = "127.0.0.1";

        /// <summary>Whether SO_SNDBUF is an option; to lwIP it is unknown.</summary>
        internal static bool HasSendBufferOption = true;

        /// <summary>
        /// Whether a datagram socket is told that nobody is at its destination. lwIP does not look at that answer.
        /// </summary>
        internal static bool TellsRefusedDatagrams = true;
    }
}
