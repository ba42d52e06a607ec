// K230.nanoFramework, MIT licence: see LICENSE

namespace K230.Sockets
{
    // The other half of this class, for .NET, is board/virtual/SockAddr.Virtual.cs.
    public sealed partial class SockAddr
    {
        /// <summary>Gets a number that is equal for equal addresses.</summary>
        /// <returns>The hash code.</returns>
        public override int GetHashCode()
        {
            byte[] ip = Address.GetAddressBytes();

            // For IPv6, nanoFramework's IPEndPoint asks a native that is a stub.
            return ip.Length == 4 ? base.GetHashCode() : Inet.Hash(ip, (int)Address.ScopeId ^ Port);
        }
    }
}
