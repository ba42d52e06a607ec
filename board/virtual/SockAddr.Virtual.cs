// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Sockets
{
    // The other half of this class, for nanoFramework, is interop/K230.Sockets/SockAddr.Nano.cs.
    public sealed partial class SockAddr
    {
        /// <summary>Gets a number that is equal for equal addresses, and for an equal IPEndPoint.</summary>
        /// <returns>The hash code.</returns>
        public override int GetHashCode()
        {
            return base.GetHashCode();
        }
    }
}
