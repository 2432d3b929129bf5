using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Voxeltron.Tests.Integration")]
