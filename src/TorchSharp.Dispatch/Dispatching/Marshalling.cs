using System.Runtime.CompilerServices;

// Every native function takes plain numbers and pointers: calls go straight through.
[assembly: DisableRuntimeMarshalling]
