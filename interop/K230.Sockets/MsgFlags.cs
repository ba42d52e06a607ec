// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Sockets
{
    /// <summary>
    /// The type of <see cref="Socket.MSG_PEEK"/> and <see cref="Socket.MSG_DONTWAIT"/>. As it is no number, the compiler
    /// refuses a length where flags belong: <c>s.Send(buf, n)</c>.
    /// </summary>
    [Flags]
    public enum MsgFlags
    {
        /// <summary><see cref="Socket.MSG_PEEK"/>.</summary>
        MSG_PEEK = 2,

        /// <summary><see cref="Socket.MSG_DONTWAIT"/>.</summary>
        MSG_DONTWAIT = 64,
    }
}
