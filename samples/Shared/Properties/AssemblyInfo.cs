// K230.nanoFramework, MIT licence: see LICENSE

using System.Reflection;
using System.Runtime.InteropServices;

[assembly: AssemblyTitle("K230.nanoFramework samples")]
[assembly: AssemblyProduct("K230.nanoFramework")]
[assembly: AssemblyVersion("1.0.0.0")]
[assembly: AssemblyFileVersion("1.0.0.0")]
[assembly: ComVisible(false)]
