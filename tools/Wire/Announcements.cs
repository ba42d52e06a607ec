// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace K230.Wire
{
    /// <summary>What devices on the network say of themselves: "+:IP:PORT" once a second, "-:IP:PORT" when they leave.
    /// </summary>
    internal static class Announcements
    {
        internal const int Port = 23657;

        /// <summary>Listens for a while.</summary>
        /// <returns>The addresses, IP:PORT.</returns>
        /// <exception cref="Failure">Another program keeps the port for itself.</exception>
        internal static IReadOnlyCollection<string> Listen(TimeSpan time, int port = Port)
        {
            var found = new SortedSet<string>(StringComparer.Ordinal);

            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            byte[] bytes = new byte[256];
            long end = Environment.TickCount64 + (long)time.TotalMilliseconds;

            try
            {
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
                socket.Bind(new IPEndPoint(IPAddress.Any, port));
            }
            catch (SocketException e)
            {
                throw new Failure(
                    "UDP port " + port, "cannot be listened on: " + e.Message,
                    "end the other program that waits for devices there, or give the device's address");
            }

            for (long rest = end - Environment.TickCount64; rest > 0; rest = end - Environment.TickCount64)
            {
                if (!socket.Poll(TimeSpan.FromMilliseconds(rest), SelectMode.SelectRead))
                {
                    break;
                }

                try
                {
                    int count = socket.Receive(bytes);
                    Take(found, Encoding.ASCII.GetString(bytes, 0, count));
                }
                catch (SocketException)
                {
                    // A datagram that is too long is no announcement.
                }
            }

            return found;
        }

        internal static void Take(ICollection<string> found, string text)
        {
            Match match = Regex.Match(text.TrimEnd('\0'), @"^(?<what>[+-]):(?<ip>[0-9A-Fa-f:.]+):(?<port>[0-9]{1,5})$");

            if (!match.Success || !IPAddress.TryParse(match.Groups["ip"].Value, out IPAddress ip))
            {
                return;
            }

            string address = new NetworkAddress(ip.ToString(), int.Parse(match.Groups["port"].Value)).ToString();

            if (match.Groups["what"].Value == "+")
            {
                found.Add(address);
            }
            else
            {
                found.Remove(address);
            }
        }
    }
}
