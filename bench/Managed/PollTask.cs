// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Diagnostics;
using System.IO;

namespace K230.Bench
{
    internal static class PollTask
    {
        private const int SIZE = 64; // as in near.c

        /// <summary>
        /// poll PORT IDLE COUNT: an echo on the last of several connections, waited for on all of them; with the time
        /// of each.
        /// </summary>
        public static Sample Run(ITransport transport, Command command)
        {
            var message = new byte[SIZE];
            var connections = new IConnection[command.Arguments[1] + 1];
            var nanoseconds = new double[command.Arguments[2]];

            try
            {
                for (int i = 0; i < connections.Length; i++)
                {
                    connections[i] = MessageTasks.OpenEcho(transport, (int)command.Arguments[0], message);
                }

                IConnection active = connections[^1];
                IWaiter waiter = transport.Watch(connections);
                var clock = new Clock();

                for (int i = 0; i < nanoseconds.Length; i++)
                {
                    long start = Stopwatch.GetTimestamp();
                    active.Send(message);

                    if (!waiter.Wait(active))
                    {
                        throw new InvalidDataException("a poll reported other sockets than the one with a message");
                    }

                    active.ReceiveAll(message);
                    nanoseconds[i] = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
                }

                return clock.Stop() with { Nanoseconds = nanoseconds };
            }
            finally
            {
                Array.ForEach(connections, connection => connection?.Dispose());
            }
        }
    }
}
