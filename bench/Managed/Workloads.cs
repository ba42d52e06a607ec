// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace K230.Bench
{
    /// <summary>What a near end in C# does at each command; bench/native/near.c does the same in C.</summary>
    internal static class Workloads
    {
        private const int WarmUp = 200; // as in near.c
        private const int PollSize = 64; // as in near.c

        // What is on its way arrives in milliseconds; what has not by then, however slow the machine, is lost.
        private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

        private static readonly Dictionary<string, Func<ITransport, IReadOnlyList<long>, Sample>> s_verbs = new()
        {
            ["send"] = Send,
            ["recv"] = Receive,
            ["lines"] = ReadLines,
            ["echo"] = Echo,
            ["messages"] = ExchangeMessages,
            ["poll"] = Poll,
            ["connect"] = Connect,
            ["accept"] = Accept,
            ["udp-send"] = SendDatagrams,
            ["lookup"] = LookUp,
        };

        public static Sample Run(ITransport transport, Command command) =>
            s_verbs[command.Verb](transport, command.Arguments);

        /// <summary>send PORT TOTAL PIECE: until the far end has confirmed every byte.</summary>
        private static Sample Send(ITransport transport, IReadOnlyList<long> arguments)
        {
            long total = arguments[1];
            byte[] piece = new byte[arguments[2]];
            byte[] answer = new byte[sizeof(long)];

            using IConnection connection = transport.Connect((int)arguments[0]);
            connection.Send(FarSide.Sink(total));
            var clock = new Clock();

            for (long sent = 0; sent < total; sent += piece.Length)
            {
                connection.Send(piece);
            }

            // Else the last bytes may wait 40 ms for an acknowledgement that the far end delays (Nagle: RFC 1122,
            // 4.2.3.4).
            connection.NoDelay();
            connection.ReceiveAll(answer);
            Sample sample = clock.Stop();
            FarSide.Confirm(answer, total);

            return sample;
        }

        /// <summary>recv PORT TOTAL PIECE: until the last byte is there.</summary>
        private static Sample Receive(ITransport transport, IReadOnlyList<long> arguments)
        {
            long total = arguments[1];
            byte[] piece = new byte[arguments[2]];
            long came = 0;

            using IConnection connection = transport.Connect((int)arguments[0]);
            var clock = new Clock();
            connection.Send(FarSide.Source(total));

            for (int count = 1; came < total && count > 0; came += count)
            {
                count = connection.Receive(piece);
            }

            Sample sample = clock.Stop();

            return came == total ? sample : throw new InvalidDataException($"of {total} bytes {came} came");
        }

        /// <summary>lines PORT COUNT: until the last line is there.</summary>
        private static Sample ReadLines(ITransport transport, IReadOnlyList<long> arguments)
        {
            long count = arguments[1];

            using IConnection connection = transport.Connect((int)arguments[0]);
            var clock = new Clock();
            connection.Send(FarSide.Source(count * FarSide.LineLength));

            for (long i = 0; i < count; i++)
            {
                if (connection.ReadLine().Length != FarSide.LineLength)
                {
                    throw new InvalidDataException($"line {i} has not {FarSide.LineLength} bytes");
                }
            }

            return clock.Stop();
        }

        /// <summary>echo PORT SIZE COUNT: with the time of each.</summary>
        private static Sample Echo(ITransport transport, IReadOnlyList<long> arguments)
        {
            byte[] message = new byte[arguments[1]];

            using IConnection connection = OpenEcho(transport, arguments[0], message);

            for (int i = 0; i < WarmUp; i++)
            {
                RoundTrip(connection, message);
            }

            return TimeEach(arguments[2], () => RoundTrip(connection, message));
        }

        /// <summary>messages PORT SIZE COUNT SOCKETS: each sent on all sockets, then received on all.</summary>
        private static Sample ExchangeMessages(ITransport transport, IReadOnlyList<long> arguments)
        {
            byte[] message = new byte[arguments[1]];

            return WithEchoes(transport, arguments[0], message, arguments[3], connections =>
            {
                var clock = new Clock();

                for (long done = 0; done < arguments[2]; done += connections.Length)
                {
                    foreach (IConnection connection in connections)
                    {
                        connection.Send(message);
                    }

                    foreach (IConnection connection in connections)
                    {
                        connection.ReceiveAll(message);
                    }
                }

                return clock.Stop();
            });
        }

        /// <summary>
        /// poll PORT IDLE COUNT: an echo on the last of several connections, waited for on all of them; with the time
        /// of each.
        /// </summary>
        private static Sample Poll(ITransport transport, IReadOnlyList<long> arguments)
        {
            byte[] message = new byte[PollSize];

            return WithEchoes(transport, arguments[0], message, arguments[1] + 1, connections =>
            {
                IConnection active = connections[^1];
                IWaiter waiter = transport.Watch(connections);

                return TimeEach(arguments[2], () =>
                {
                    active.Send(message);

                    if (!waiter.Wait(active))
                    {
                        throw new InvalidDataException("a poll reported other sockets than the one with a message");
                    }

                    active.ReceiveAll(message);
                });
            });
        }

        /// <summary>connect BYTEPORT COUNT: connect, one byte there and back, close.</summary>
        private static Sample Connect(ITransport transport, IReadOnlyList<long> arguments)
        {
            byte[] one = new byte[1];
            var clock = new Clock();

            for (long i = 0; i < arguments[1]; i++)
            {
                using IConnection connection = transport.Connect((int)arguments[0]);
                RoundTrip(connection, one);
            }

            return clock.Stop();
        }

        /// <summary>accept PORT COUNT: accept, send a byte, close; until the far end has the last byte.</summary>
        private static Sample Accept(ITransport transport, IReadOnlyList<long> arguments)
        {
            byte[] one = new byte[1];
            long count = arguments[1];

            using IListener listener = transport.Listen();
            var clock = new Clock();
            using Socket aside = FarSide.Call((int)arguments[0], listener.Port, count);

            for (long i = 0; i < count; i++)
            {
                using IConnection connection = listener.Accept();
                connection.Send(one);
            }

            FarSide.Fill(aside, one);

            return clock.Stop();
        }

        /// <summary>lookup COUNT: the addresses of localhost.</summary>
        private static Sample LookUp(ITransport transport, IReadOnlyList<long> arguments)
        {
            var clock = new Clock();

            for (long i = 0; i < arguments[0]; i++)
            {
                transport.LookUp("localhost");
            }

            return clock.Stop();
        }

        /// <summary>
        /// udp-send PORT SIZE COUNT: until the last call has returned. What came, what the kernel dropped and what is
        /// lost is found out afterwards.
        /// </summary>
        private static Sample SendDatagrams(ITransport transport, IReadOnlyList<long> arguments)
        {
            int port = (int)arguments[0];
            byte[] datagram = new byte[arguments[1]];
            long count = arguments[2];
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

        private static Sample TimeEach(long count, Action work)
        {
            double[] nanoseconds = new double[count];
            var clock = new Clock();

            for (long i = 0; i < count; i++)
            {
                long start = Stopwatch.GetTimestamp();
                work();
                nanoseconds[i] = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
            }

            return clock.Stop() with { Nanoseconds = nanoseconds };
        }

        private static Sample WithEchoes(
            ITransport transport, long port, byte[] message, long count, Func<IConnection[], Sample> work)
        {
            var connections = new IConnection[count];

            try
            {
                for (long i = 0; i < count; i++)
                {
                    connections[i] = OpenEcho(transport, port, message);
                }

                return work(connections);
            }
            finally
            {
                Array.ForEach(connections, connection => connection?.Dispose());
            }
        }

        /// <summary>A connection on which the far end gives every message back; one has been there and back.</summary>
        private static IConnection OpenEcho(ITransport transport, long port, byte[] message)
        {
            IConnection connection = transport.Connect((int)port);
            connection.NoDelay();
            connection.Send(FarSide.Echo(message.Length));
            RoundTrip(connection, message);

            return connection;
        }

        private static void RoundTrip(IConnection connection, byte[] message)
        {
            connection.Send(message);
            connection.ReceiveAll(message);
        }
    }
}
