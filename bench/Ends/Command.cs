// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace K230.Bench
{
    /// <summary>What a near end is told to do; bench/native/near.c lists the same.</summary>
    internal sealed class Command
    {
        private Command(string verb, params long[] arguments)
        {
            Verb = verb;
            Arguments = arguments;
        }

        public string Verb { get; }

        public IReadOnlyList<long> Arguments { get; }

        /// <summary>A stream to the far end, until that has confirmed every byte.</summary>
        public static Command Send(FarEnd far, long pieces, int size) => new("send", far.Port, pieces * size, size);

        /// <summary>As <see cref="Send"/>, to a far end that reads so many KiB a second. Known to those in C alone.
        /// </summary>
        public static Command SendSlowly(FarEnd far, long pieces, int size, int kibps) =>
            new("send-slow", far.Port, pieces * size, size, kibps);

        /// <summary>A stream from the far end, into a buffer of that size.</summary>
        public static Command Receive(FarEnd far, long pieces, int size) => new("recv", far.Port, pieces * size, size);

        /// <summary>A message there and back, one after another.</summary>
        public static Command Echo(FarEnd far, int size, long count) => new("echo", far.Port, size, count);

        /// <summary>Messages over several sockets: one to each, then one from each.</summary>
        public static Command Messages(FarEnd far, int size, long count, int sockets) =>
            new("messages", far.Port, size, count, sockets);

        /// <summary>Connect, send a byte, receive it, close.</summary>
        public static Command Connect(FarEnd far, long count) => new("connect", far.BytePort, count);

        /// <summary>Accept, send a byte, close; the far end calls again once it has the byte.</summary>
        public static Command Accept(FarEnd far, long count) => new("accept", far.Port, count);

        /// <summary>Datagrams to the far end.</summary>
        public static Command SendDatagrams(FarEnd far, int size, long count) =>
            new("udp-send", far.Port, size, count);

        /// <summary>Datagrams from the far end, which sends them as fast as it can.</summary>
        public static Command ReceiveDatagrams(FarEnd far, int size, long count) =>
            new("udp-recv", far.Port, size, count);

        /// <summary>The address of localhost.</summary>
        public static Command LookUp(long count) => new("lookup", count);

        /// <summary>Echo of 64 bytes on one socket, which is waited for together with idle ones.</summary>
        public static Command Poll(FarEnd far, int idle, long count) => new("poll", far.Port, idle, count);

        /// <summary>Lines from the far end. Known to the near ends in C# alone.</summary>
        public static Command Lines(FarEnd far, long count) => new("lines", far.Port, count);

        public override string ToString() => string.Join(
            ' ', Arguments.Select(a => a.ToString(CultureInfo.InvariantCulture)).Prepend(Verb));
    }
}
