// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Sockets
{
    /// <summary>
    /// MicroPython's <c>network.LAN</c>, to ask: <c>lan = network.LAN()</c> becomes <c>var lan = new LAN();</c>. It is the
    /// interface by which the small core reaches others, whatever its kind; the small core sets it up.
    /// </summary>
    /// <remarks>Each call asks the small core, and starts a session with it where there is none.</remarks>
    public class LAN
    {
        // The interface by which others are reached comes first.
        private const int Default = 0;

        // The small core has its own limit for the start of a session and for an answer.
        private const int Forever = -1;

        /// <summary>Gets the address, mask, gateway and DNS server: <c>lan.ifconfig()</c>.</summary>
        /// <returns>The four, as texts; <c>0.0.0.0</c> is one that is not there.</returns>
        /// <exception cref="OSError">
        /// There is no small core; or <see cref="Errno.EOPNOTSUPP"/>: its agent is too old to tell.
        /// </exception>
        public IfConfigResult IfConfig()
        {
            return InterfaceRecord.IfConfig(Facts());
        }

        /// <summary>Whether the link is there and has an IPv4 address: <c>lan.isconnected()</c>.</summary>
        /// <returns>False also where the small core has no interface.</returns>
        /// <exception cref="OSError">As from <see cref="IfConfig"/>.</exception>
        public bool IsConnected()
        {
            byte[] record = Facts();

            return InterfaceRecord.HasLink(record) && InterfaceRecord.HasAddress(record);
        }

        /// <summary>Whether the interface is switched on: <c>lan.active()</c>.</summary>
        /// <returns>False also where the small core has no interface.</returns>
        /// <exception cref="OSError">As from <see cref="IfConfig"/>.</exception>
        public bool Active()
        {
            return InterfaceRecord.IsUp(Facts());
        }

        /// <summary>
        /// <c>lan.active(True)</c>, with which scripts begin. The small core alone switches its interfaces, so nothing
        /// happens, also while the interface is not up yet: <see cref="IsConnected"/> says when it is.
        /// </summary>
        /// <param name="isActive">True; false is refused.</param>
        /// <exception cref="OSError">
        /// <see cref="Errno.EOPNOTSUPP"/>: the interface cannot be switched off from here. Or as from
        /// <see cref="IfConfig"/>.
        /// </exception>
        public void Active(bool isActive)
        {
            if (!isActive)
            {
                throw new OSError(Errno.EOPNOTSUPP);
            }

            Facts();
        }

        /// <summary>Gets a parameter: <c>lan.config('mac')</c>.</summary>
        /// <param name="param"><c>mac</c>, the hardware address.</param>
        /// <returns>Six bytes; zeros where the interface has none.</returns>
        /// <exception cref="ArgumentException">Another parameter.</exception>
        /// <exception cref="OSError">As from <see cref="IfConfig"/>.</exception>
        public byte[] Config(string param)
        {
            ArgumentNullException.ThrowIfNull(param, nameof(param));

            if (param != "mac")
            {
                throw new ArgumentException("unknown config param");
            }

            return InterfaceRecord.Mac(Facts());
        }

        private static byte[] Facts()
        {
            byte[] record = new byte[InterfaceRecord.Size];
            int result = NativeSocket.Interface(Default, record, Forever);

            // Without an interface the record keeps its zeros.
            if (result < 0 && result != -Errno.ENOENT)
            {
                throw OSError.FromNative(result);
            }

            return record;
        }
    }
}
