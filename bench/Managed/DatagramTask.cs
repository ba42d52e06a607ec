// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace K230.Bench
{
    internal static class DatagramTask
    {
        // What is on its way arrives in milliseconds; what has not by then, however slow the machine, is lost.
        private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

        /// <summary>
        /// udp-send PORT SIZE COUNT: until the last call has returned. What came, what the kernel dropped and what is
        /// lost is found out afterwards.
        /// </summary>
        public static Sample Send(ITransport transport, Command command)
        {
            int port = (int)command.Arguments[0];
            var datagram = new byte[command.Arguments[1]];
            long count = command.Arguments[2];
            (long cameBefore, long droppedBefore) = FarSide.Datagrams(port);

            using IDatagrams socket = transport.OpenDatagrams(port);
            socket.Send(datagram); // makes the ways known, and is counted with the others
            var clock = new Clock();

            for (long i = 0; i < count; i++)
            {
                socket.Send(datagram);
            }

            Sample sample = clock.Stop();
            (long came, long dropped) = Settle(port, count + 1, cameBefore, droppedBefore);

            return sample with { Came = came, Dropped = dropped, Lost = count + 1 - came - dropped };
        }

        /// <summary>
        /// What became of so many datagrams. The far end learns what the kernel dropped with the next datagram that
        /// comes, so it gets one now and then, over the kernel.
        /// </summary>
        private static (long Came, long Dropped) Settle(int port, long sent, long cameBefore, long droppedBefore)
        {
            using var prod = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            var to = new IPEndPoint(IPAddress.Loopback, port);
            long start = Stopwatch.GetTimestamp();

            for (int prods = 0; ; prods++)
            {
                (long came, long dropped) = FarSide.Datagrams(port);

                // A prod may be dropped as well, and is then counted among the dropped.
                long known = came - cameBefore + dropped - droppedBefore;

                if (known >= sent + prods || Stopwatch.GetElapsedTime(start) > s_patience)
                {
                    return (came - cameBefore - prods, dropped - droppedBefore);
                }

                prod.SendTo(new byte[1], to);
                Thread.Sleep(1); // the far end is at work on what came before
            }
        }
    }
}
