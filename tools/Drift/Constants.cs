// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace K230.Drift
{
    /// <summary>The constants of K230.Sockets against the headers of the firmware, which are right.</summary>
    public sealed class Constants(Repository repository, NanoAssembly assembly)
    {
        private const string Folder = "interop/K230.Sockets";
        private const string Errors = "K230_ERRORS";

        // Types all of whose public constants are the protocol's, under its names: Socket.SO_LINGER is K230_SO_LINGER.
        private static readonly string[] s_protocolTypes = { "Errno", "Socket", "Select" };

        // Constants that are the protocol's under another name.
        private static readonly Dictionary<string, string> s_otherNames = new Dictionary<string, string>
        {
            ["Errno.EWOULDBLOCK"] = "K230_ERRORS.EAGAIN",
            ["OSError.ResolverBase"] = "K230_EAI_BASE",
            ["Socket.LongestHost"] = "K230_HOST_MAX",
            ["Wire.AddressSize"] = "sizeof(struct k230_addr)",
            ["Wire.Port"] = "offsetof(struct k230_addr, port)",
            ["Wire.Scope"] = "offsetof(struct k230_addr, scope)",
            ["Wire.Ip"] = "offsetof(struct k230_addr, ip)",
            ["InterfaceRecord.Size"] = "sizeof(struct k230_interface)",
            ["InterfaceRecord.FlagsOffset"] = "offsetof(struct k230_interface, flags)",
            ["InterfaceRecord.MacOffset"] = "offsetof(struct k230_interface, mac)",
            ["InterfaceRecord.AddressOffset"] = "offsetof(struct k230_interface, address)",
            ["InterfaceRecord.MaskOffset"] = "offsetof(struct k230_interface, mask)",
            ["InterfaceRecord.GatewayOffset"] = "offsetof(struct k230_interface, gateway)",
            ["InterfaceRecord.DnsOffset"] = "offsetof(struct k230_interface, dns)",
            ["InterfaceRecord.DnsServers"] = "K230_INTERFACE_DNS",
            ["InterfaceRecord.Up"] = "K230_INTERFACE_UP",
            ["InterfaceRecord.Link"] = "K230_INTERFACE_LINK",
            ["Poller.EntrySize"] = "sizeof(struct k230_pollfd)",
            ["Poller.MaskOffset"] = "offsetof(struct k230_pollfd, events)",
            ["Poller.ReventsOffset"] = "offsetof(struct k230_pollfd, revents)",
        };

        // Public constants that only C# has.
        private static readonly HashSet<string> s_managedOnly = new HashSet<string> { "Socket.None" };

        /// <summary>What differs.</summary>
        public IEnumerable<Problem> Check()
        {
            var headers = new CHeaders(repository);
            var seen = new HashSet<string>();

            foreach ((string type, string name, long value, bool isPublic) in assembly.Constants())
            {
                string full = type + "." + name;
                seen.Add(full);

                if (s_managedOnly.Contains(full))
                {
                    continue;
                }

                bool isNegative = false;

                if (!s_otherNames.TryGetValue(full, out string cName))
                {
                    if (!s_protocolTypes.Contains(type) || !(isPublic || type == "Errno"))
                    {
                        continue;
                    }

                    // The resolver's failures are negative in MicroPython.
                    isNegative = name.StartsWith("EAI_");
                    cName = isNegative ? "K230_RESOLVER_ERRORS." + name
                        : type == "Errno" ? Errors + "." + name : "K230_" + name;
                }

                if (!headers.TryGet(cName, out long number, out Place place))
                {
                    yield return new Problem(
                        PlaceOf(type, name), "the constant " + full, "a number for " + cName + " in firmware/**/k230_*.h",
                        "none", "add it to the header, or tell tools/Drift/Constants.cs that only C# has it");
                }
                else if (value != (isNegative ? -number : number))
                {
                    yield return new Problem(
                        PlaceOf(type, name), "the constant " + full,
                        (isNegative ? -number : number) + ", as " + cName + " in " + place, value.ToString(),
                        "set the constant to that number, and what was compiled with it anew");
                }
            }

            // The other way round: what the agent may answer has a name in C#.
            foreach (string name in headers.NamesIn(Errors).Where(name => !seen.Contains("Errno." + name)))
            {
                headers.TryGet(Errors + "." + name, out long number, out Place place);
                yield return new Problem(
                    PlaceOf("Errno", null), "the constant Errno." + name, number + ", as in " + place, "none",
                    "add it to Errno, and to Errno.NameOf");
            }

            // And a name that this tool has a rule for must be there, else the rule checks nothing.
            foreach (string full in s_otherNames.Keys.Where(full => !seen.Contains(full)))
            {
                yield return new Problem(
                    new Place("tools/Drift/Constants.cs"), "the constant " + full, "in K230.Sockets", "none",
                    "tell Constants.cs the new name");
            }
        }

        private Place PlaceOf(string type, string name)
        {
            foreach (string file in repository.Files(Folder, type + "*.cs"))
            {
                string[] lines = repository.Read(file).Split('\n');

                for (int i = 0; i < lines.Length; i++)
                {
                    if (Regex.IsMatch(lines[i], name == null ? @"\bclass " + type + @"\b" : @"\bconst \w+ " + name + @"\b"))
                    {
                        return new Place(file, i + 1);
                    }
                }
            }

            return new Place(Folder);
        }
    }
}
