// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Sockets
{
    /// <summary>
    /// MicroPython's poll object, made by <see cref="Select.Poll"/>: waits for events of many sockets at once.
    /// </summary>
    /// <remarks>
    /// Sockets are known by the object, so one that is closed is never mistaken for another with the same number. All
    /// methods may be called from several threads; a change takes effect on a <see cref="Poll"/> under way.
    /// </remarks>
    public sealed class Poller
    {
        private const int EntrySize = 8;
        private const int MaskOffset = 4;
        private const int ReventsOffset = 6;

        private static readonly byte[] s_noEntries = new byte[0];

        private readonly object _gate = new object();

        // Replaced by every change and never changed itself, so that a Poll under way has a list of its own.
        private Watch[] _watches = new Watch[0];

        // Used by one Poll after the other; a second one at the same time makes its own.
        private byte[] _entries = s_noEntries;
        private int _polls;

        internal Poller()
        {
        }

        /// <summary>Watches a socket: <c>poll.register(obj[, eventmask])</c>. Again replaces the mask.</summary>
        /// <param name="s">The <see cref="Socket"/>. A closed one is reported with 32.</param>
        /// <param name="mask">The events to report: a sum of <see cref="Select.POLLIN"/> and
        /// <see cref="Select.POLLOUT"/>. Errors and hang-up are always reported.</param>
        /// <exception cref="ArgumentNullException"><paramref name="s"/> is null.</exception>
        /// <exception cref="ArgumentException"><paramref name="s"/> is no <see cref="Socket"/>.</exception>
        public void Register(object s, int mask = Select.POLLIN | Select.POLLOUT)
        {
            Put(ToSocket(s), mask, false);
        }

        /// <summary>Replaces the mask of a watched socket: <c>poll.modify(obj, eventmask)</c>.</summary>
        /// <param name="s">The <see cref="Socket"/>.</param>
        /// <param name="mask">The events to report.</param>
        /// <exception cref="ArgumentNullException"><paramref name="s"/> is null.</exception>
        /// <exception cref="OSError">ENOENT: it is not registered.</exception>
        public void Modify(object s, int mask)
        {
            ArgumentNullException.ThrowIfNull(s, nameof(s));

            bool nudge;

            lock (_gate)
            {
                int index = IndexOf(s);

                if (index < 0)
                {
                    throw new OSError(Errno.ENOENT);
                }

                _watches[index].Mask = mask;
                nudge = _polls > 0;
            }

            Nudge(nudge);
        }

        /// <summary>Stops watching a socket: <c>poll.unregister(obj)</c>. One that is not watched is ignored.</summary>
        /// <param name="s">The <see cref="Socket"/>.</param>
        /// <exception cref="ArgumentNullException"><paramref name="s"/> is null.</exception>
        public void Unregister(object s)
        {
            ArgumentNullException.ThrowIfNull(s, nameof(s));

            bool nudge;

            lock (_gate)
            {
                int index = IndexOf(s);

                if (index < 0)
                {
                    return;
                }

                Watch[] watches = new Watch[_watches.Length - 1];
                Array.Copy(_watches, 0, watches, 0, index);
                Array.Copy(_watches, index + 1, watches, index, watches.Length - index);

                _watches = watches;
                nudge = _polls > 0;
            }

            Nudge(nudge);
        }

        /// <summary>Waits until a watched socket has an event: <c>poll.poll([timeout])</c>.</summary>
        /// <param name="timeoutMs">The longest wait in milliseconds; 0 just looks, a negative number waits for ever.
        /// </param>
        /// <returns>The sockets that have events; an empty array when the time is over.</returns>
        public PollEvent[] Poll(int timeoutMs = Socket.NoTimeout)
        {
            return Wait(timeoutMs, false);
        }

        /// <summary>As <see cref="Poll"/>, to be walked through: <c>poll.ipoll([timeout[, flags]])</c>.</summary>
        /// <param name="timeoutMs">The longest wait in milliseconds; 0 just looks, a negative number waits for ever.
        /// </param>
        /// <param name="flags">1: one-shot. The mask of every reported socket becomes 0, until <see cref="Modify"/> or
        /// <see cref="Register"/> sets it again; errors, hang-up and closed sockets are still reported.</param>
        /// <returns>As <see cref="Poll"/>; unlike MicroPython's the events may be kept.</returns>
        public PollEvent[] IPoll(int timeoutMs = Socket.NoTimeout, int flags = 0)
        {
            return Wait(timeoutMs, (flags & 1) != 0);
        }

        /// <summary>Watches for these events too.</summary>
        internal void Add(object s, int mask)
        {
            Put(ToSocket(s), mask, true);
        }

        private static Socket ToSocket(object s)
        {
            ArgumentNullException.ThrowIfNull(s, nameof(s));

            return s as Socket ??
                throw new ArgumentException("only a K230.Sockets.Socket can be polled, and not a " + Boxed.TypeOf(s));
        }

        private static void Nudge(bool needed)
        {
            if (needed)
            {
                NativeSocket.Nudge();
            }
        }

        private void Put(Socket socket, int mask, bool add)
        {
            bool nudge;

            lock (_gate)
            {
                int index = IndexOf(socket);

                if (index < 0)
                {
                    Watch[] watches = new Watch[_watches.Length + 1];
                    Array.Copy(_watches, 0, watches, 0, _watches.Length);
                    watches[_watches.Length] = new Watch(socket, mask);

                    _watches = watches;
                }
                else
                {
                    _watches[index].Mask = add ? _watches[index].Mask | mask : mask;
                }

                nudge = _polls > 0;
            }

            Nudge(nudge);
        }

        private int IndexOf(object s)
        {
            for (int i = 0; i < _watches.Length; i++)
            {
                if ((object)_watches[i].Socket == s)
                {
                    return i;
                }
            }

            return -1;
        }

        private PollEvent[] Wait(int timeoutMs, bool oneShot)
        {
            byte[] entries;

            lock (_gate)
            {
                _polls++;
                entries = _entries;
                _entries = s_noEntries;
            }

            try
            {
                while (true)
                {
                    // Read first: a change after the look at the sockets then ends the native wait at once.
                    int nudges = NativeSocket.Nudges();
                    Watch[] watches = _watches;

                    if (entries.Length < watches.Length * EntrySize)
                    {
                        entries = new byte[watches.Length * EntrySize];
                    }

                    Fill(entries, watches);

                    long begun = DateTime.UtcNow.Ticks;
                    int result = NativeSocket.Poll(entries, watches.Length, timeoutMs, nudges);

                    if (result < 0 && result != -Errno.EINTR)
                    {
                        throw OSError.FromNative(result);
                    }

                    PollEvent[] events = Collect(entries, watches, oneShot);

                    if (events.Length > 0)
                    {
                        return events;
                    }

                    // A nudge is a reason to look once more even when the time is over.
                    if (result != -Errno.EINTR)
                    {
                        return events;
                    }

                    if (timeoutMs > 0)
                    {
                        timeoutMs -= Elapsed(begun, timeoutMs);
                    }
                }
            }
            finally
            {
                lock (_gate)
                {
                    _polls--;
                    _entries = entries;
                }
            }
        }

        /// <summary>Writes the native entries.</summary>
        private static void Fill(byte[] entries, Watch[] watches)
        {
            for (int i = 0; i < watches.Length; i++)
            {
                int offset = i * EntrySize;

                Wire.PutInt32(entries, offset, watches[i].Socket.Handle);
                Wire.PutUInt16(entries, offset + MaskOffset, watches[i].Mask);
                Wire.PutUInt16(entries, offset + ReventsOffset, 0);
            }
        }

        private PollEvent[] Collect(byte[] entries, Watch[] watches, bool oneShot)
        {
            int count = 0;

            for (int i = 0; i < watches.Length; i++)
            {
                if (Wire.GetUInt16(entries, i * EntrySize + ReventsOffset) != 0)
                {
                    count++;
                }
            }

            PollEvent[] reported = new PollEvent[count];
            count = 0;

            for (int i = 0; count < reported.Length; i++)
            {
                int events = Wire.GetUInt16(entries, i * EntrySize + ReventsOffset);

                if (events != 0)
                {
                    reported[count] = new PollEvent(watches[i].Socket, events);
                    count++;

                    if (oneShot)
                    {
                        Disarm(watches[i], Wire.GetUInt16(entries, i * EntrySize + MaskOffset));
                    }
                }
            }

            return reported;
        }

        /// <summary>Clears the mask, unless another thread has set a new one meanwhile.</summary>
        private void Disarm(Watch watch, int mask)
        {
            lock (_gate)
            {
                if ((watch.Mask & 0xFFFF) == mask)
                {
                    watch.Mask = 0;
                }
            }
        }

        /// <summary>
        /// The clock of the day is the only one that every board has; when it is set meanwhile, a nudged wait ends
        /// early or starts again.
        /// </summary>
        private static int Elapsed(long begun, int most)
        {
            long elapsed = (DateTime.UtcNow.Ticks - begun) / TimeSpan.TicksPerMillisecond;

            if (elapsed < 0)
            {
                return 0;
            }

            return elapsed < most ? (int)elapsed : most;
        }

        private sealed class Watch
        {
            internal readonly Socket Socket;
            internal int Mask;

            internal Watch(Socket socket, int mask)
            {
                Socket = socket;
                Mask = mask;
            }
        }
    }
}
