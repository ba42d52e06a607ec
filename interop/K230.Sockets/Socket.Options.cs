// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Sockets
{
    public sealed partial class Socket
    {
        /// <summary>Sets the mode: <c>setblocking(flag)</c>.</summary>
        /// <param name="flag">false as SetTimeout(0), true as SetTimeout(null): a timeout that was set is gone.</param>
        /// <exception cref="OSError">EBADF.</exception>
        public void SetBlocking(bool flag)
        {
            SetTimeouts(flag ? NoTimeout : NonBlocking);
        }

        /// <summary>Sets how long a call may wait: <c>settimeout(value)</c>.</summary>
        /// <param name="seconds">0 makes the socket non-blocking; +Infinity waits for ever. The wait is to the
        /// millisecond, never less than one, and starts again whenever bytes have moved. A call that waits already
        /// keeps its own.</param>
        /// <exception cref="ArgumentOutOfRangeException"><paramref name="seconds"/> is negative or not a number.
        /// </exception>
        /// <exception cref="OSError">EBADF.</exception>
        public void SetTimeout(double seconds)
        {
            SetTimeouts(ToMilliseconds(seconds));
        }

        /// <summary>As <see cref="SetTimeout(double)"/>, or takes the timeout away: <c>settimeout(None)</c>.</summary>
        /// <param name="seconds">A number of any type, such as a <c>double?</c>; null makes the socket blocking.</param>
        /// <exception cref="ArgumentException"><paramref name="seconds"/> is something else.</exception>
        /// <exception cref="ArgumentOutOfRangeException"><paramref name="seconds"/> is negative or not a number.
        /// </exception>
        /// <exception cref="OSError">EBADF.</exception>
        public void SetTimeout(object seconds)
        {
            if (seconds == null)
            {
                SetTimeouts(NoTimeout);
            }
            else if (Boxed.IsNumber(seconds, out double number))
            {
                SetTimeout(number);
            }
            else
            {
                throw new ArgumentException(
                    "a timeout is a number of seconds, or null for none, and not a " + Boxed.TypeOf(seconds));
            }
        }

        /// <summary>Sets an option: <c>setsockopt(level, optname, value)</c>.</summary>
        /// <param name="level"><see cref="SOL_SOCKET"/> or one of the IPPROTO constants.</param>
        /// <param name="optname">The option.</param>
        /// <param name="value">Its value.</param>
        /// <exception cref="OSError">ENOPROTOOPT (unknown level or option), EINVAL (the option takes no int).
        /// </exception>
        public void SetSockOpt(int level, int optname, int value)
        {
            byte[] bytes = new byte[4];

            Wire.PutInt32(bytes, 0, value);
            SetSockOpt(level, optname, bytes);
        }

        /// <summary>Sets an option that is on or off: <c>setsockopt(level, optname, value)</c>.</summary>
        /// <param name="level"><see cref="SOL_SOCKET"/> or one of the IPPROTO constants.</param>
        /// <param name="optname">The option.</param>
        /// <param name="value">true is 1, false is 0.</param>
        /// <exception cref="OSError">As for an int.</exception>
        public void SetSockOpt(int level, int optname, bool value)
        {
            SetSockOpt(level, optname, value ? 1 : 0);
        }

        /// <summary>Sets an option whose value is bytes: <c>setsockopt(level, optname, value)</c>.</summary>
        /// <param name="level"><see cref="SOL_SOCKET"/> or one of the IPPROTO constants.</param>
        /// <param name="optname">The option.</param>
        /// <param name="value">Its value; numbers are little-endian. A number has four bytes, for options of IPPROTO_IP
        /// one will do, and further bytes are passed over.</param>
        /// <exception cref="ArgumentNullException"><paramref name="value"/> is null.</exception>
        /// <exception cref="OSError">ENOPROTOOPT (unknown level or option), EINVAL (too few bytes, or a number that the
        /// option does not take), ENODEV or EADDRNOTAVAIL (no such interface).</exception>
        public void SetSockOpt(int level, int optname, byte[] value)
        {
            ArgumentNullException.ThrowIfNull(value, nameof(value));

            int handle = Live();

            // Deadlines are kept on this side of the link, so these two never reach the other. As on Linux they do not
            // make a non-blocking socket wait.
            if (level == SOL_SOCKET && optname == SO_RCVTIMEO)
            {
                int timeoutMs = ToTimeout(value);
                _receiveTimeoutMs = _receiveTimeoutMs == NonBlocking ? NonBlocking : timeoutMs;
            }
            else if (level == SOL_SOCKET && optname == SO_SNDTIMEO)
            {
                int timeoutMs = ToTimeout(value);
                _sendTimeoutMs = _sendTimeoutMs == NonBlocking ? NonBlocking : timeoutMs;
            }
            else
            {
                Check(NativeSocket.SetOption(handle, level, optname, value));
            }
        }

        /// <summary>The mode that a number of seconds stands for.</summary>
        internal static int ToMilliseconds(double seconds)
        {
            // Asked by its name: nanoCLR finds what is not a number greater than everything.
            if (double.IsNaN(seconds) || seconds < 0)
            {
                throw new ArgumentOutOfRangeException(nameof(seconds));
            }

            if (seconds == 0)
            {
                return NonBlocking;
            }

            if (seconds == double.PositiveInfinity)
            {
                return NoTimeout;
            }

            double milliseconds = seconds * 1000 + 0.5;

            if (milliseconds >= int.MaxValue)
            {
                return int.MaxValue;
            }

            return milliseconds < 1 ? 1 : (int)milliseconds;
        }

        /// <summary>The timeout that the value of SO_RCVTIMEO or SO_SNDTIMEO stands for.</summary>
        private static int ToTimeout(byte[] value)
        {
            long seconds = 0;
            long microseconds;

            switch (value.Length)
            {
                case 4:
                    microseconds = BitConverter.ToInt32(value, 0) * 1000L;
                    break;
                case 8:
                    seconds = BitConverter.ToInt32(value, 0);
                    microseconds = BitConverter.ToInt32(value, 4);
                    break;
                default:
                    if (value.Length < 16)
                    {
                        throw new OSError(Errno.EINVAL);
                    }

                    seconds = BitConverter.ToInt64(value, 0);
                    microseconds = BitConverter.ToInt64(value, 8);
                    break;
            }

            bool isTimeval = value.Length != 4;

            if (seconds < 0 || microseconds < 0 || (isTimeval && microseconds >= 1000000))
            {
                throw new OSError(Errno.EINVAL);
            }

            if (seconds >= int.MaxValue / 1000)
            {
                return int.MaxValue;
            }

            int milliseconds = (int)(seconds * 1000 + (microseconds + 999) / 1000);

            return milliseconds == 0 ? NoTimeout : milliseconds;
        }

        private void SetTimeouts(int timeoutMs)
        {
            Live();

            _receiveTimeoutMs = timeoutMs;
            _sendTimeoutMs = timeoutMs;
        }
    }
}
