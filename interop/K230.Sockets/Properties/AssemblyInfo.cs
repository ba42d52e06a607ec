// K230.nanoFramework, MIT licence: see LICENSE

using System.Reflection;
using System.Runtime.InteropServices;

[assembly: AssemblyTitle("K230.Sockets")]
[assembly: AssemblyProduct("K230.nanoFramework")]
[assembly: AssemblyVersion("1.0.0.0")]
[assembly: AssemblyFileVersion("1.0.0.0")]
[assembly: ComVisible(false)]

// Firmware and assembly go together when this and the checksum of the natives are the same in both. Raise it whenever
// the checksum changes, then type ./k230 drift --fix, which writes both into interop/native and the nuspec.
[assembly: AssemblyNativeVersion("1.0.0.0")]
