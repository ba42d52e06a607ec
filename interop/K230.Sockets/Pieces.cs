// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Sockets
{
    /// <summary>
    /// What a call that reads to the end has so far. An array that grows would have to be there twice, and at its next size
    /// too long for nanoCLR although the bytes are not; so only the last step makes one array of them.
    /// </summary>
    internal sealed class Pieces
    {
        private byte[][] _pieces;
        private int _number;
        private int _count;

        /// <summary>The bytes of all pieces.</summary>
        internal int Count
        {
            get { return _count; }
        }

        /// <summary>Appends a piece; it is kept as it is.</summary>
        internal void Add(byte[] piece)
        {
            if (_pieces == null)
            {
                _pieces = new byte[8][];
            }
            else if (_number == _pieces.Length)
            {
                byte[][] more = new byte[_number * 2][];
                Array.Copy(_pieces, 0, more, 0, _number);
                _pieces = more;
            }

            _pieces[_number] = piece;
            _number++;
            _count += piece.Length;
        }

        /// <summary>All bytes, and behind them the first <paramref name="count"/> of a buffer, in an array of their
        /// number; the buffer itself where that is such an array.</summary>
        internal byte[] Join(byte[] buffer, int count)
        {
            if (_count == 0 && count == buffer.Length)
            {
                return buffer;
            }

            byte[] all = new byte[_count + count];
            int at = 0;

            for (int i = 0; i < _number; i++)
            {
                Array.Copy(_pieces[i], 0, all, at, _pieces[i].Length);
                at += _pieces[i].Length;
            }

            Array.Copy(buffer, 0, all, at, count);

            return all;
        }
    }
}
