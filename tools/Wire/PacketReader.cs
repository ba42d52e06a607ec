// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Wire
{
    /// <summary>Finds packets in what arrives, however it is cut; what is none is skipped.</summary>
    internal sealed class PacketReader
    {
        private byte[] _bytes = new byte[2 * (Packet.HeaderBytes + Packet.MostPayload)];
        private int _start;
        private int _end;

        /// <summary>Gets how many packets were damaged.</summary>
        internal int Damaged { get; private set; }

        internal void Add(ReadOnlySpan<byte> bytes)
        {
            if (_start > 0)
            {
                _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
                _end -= _start;
                _start = 0;
            }

            if (_bytes.Length - _end < bytes.Length)
            {
                Array.Resize(ref _bytes, 2 * (_end + bytes.Length));
            }

            bytes.CopyTo(_bytes.AsSpan(_end));
            _end += bytes.Length;
        }

        /// <summary>The next packet, or null if none is whole yet.</summary>
        internal Packet Next()
        {
            while (FindMarker() && _end - _start >= Packet.HeaderBytes)
            {
                ReadOnlySpan<byte> bytes = _bytes.AsSpan(_start, _end - _start);
                int size = Packet.PayloadBytes(bytes);

                if (size >= 0 && bytes.Length < Packet.HeaderBytes + size)
                {
                    return null;
                }

                Packet packet = size < 0 ? null : Packet.Of(bytes, bytes.Slice(Packet.HeaderBytes, size));

                if (packet != null)
                {
                    _start += Packet.HeaderBytes + size;
                    return packet;
                }

                // A whole packet may have begun within the damaged one.
                Damaged++;
                _start++;
            }

            return null;
        }

        /// <summary>Nothing more has come for long: a packet that has begun is none.</summary>
        internal void GiveUp()
        {
            if (_end - _start >= Packet.Marker.Length)
            {
                Damaged++;
                _start++;
            }
            else
            {
                _start = _end;
            }
        }

        // Skips what cannot be the begin of a packet.
        private bool FindMarker()
        {
            ReadOnlySpan<byte> bytes = _bytes.AsSpan(_start, _end - _start);
            int at = bytes.IndexOf(Packet.Marker);

            if (at >= 0)
            {
                _start += at;
                return true;
            }

            int rest = Math.Min(bytes.Length, Packet.Marker.Length - 1);

            while (!Packet.Marker.StartsWith(bytes[^rest..]))
            {
                rest--;
            }

            _start = _end - rest;
            return false;
        }
    }
}
