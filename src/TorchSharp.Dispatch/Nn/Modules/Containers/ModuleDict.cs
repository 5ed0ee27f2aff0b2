using System.Collections;
using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Modules by name, in order of insertion, registered when the module that holds the dictionary registers it; not afterwards.</summary>
    public class ModuleDict<T> : nn.Module, IDictionary<string, T>, IList<(string, T)> where T : nn.Module
    {
        private readonly OrderedDictionary<string, T> entries = [];
        private bool registered;

        public ModuleDict() : base(nameof(ModuleDict<T>)) { }

        public int Count => entries.Count;

        public bool IsReadOnly => false;

        public ICollection<string> Keys => entries.Keys;

        public ICollection<T> Values => entries.Values;

        public T this[string key]
        {
            get => entries[key];
            set => entries[key] = value;
        }

        public (string, T) this[int index]
        {
            get => Pair(entries.GetAt(index));
            set => entries.SetAt(index, value.Item1, value.Item2);
        }

        public IEnumerable<string> keys() => entries.Keys;

        public IEnumerable<T> values() => entries.Values;

        public IEnumerator<(string, T)> items() => GetEnumerator();

        public void Add(string key, T value) => entries.Add(key, value);

        public void Add((string, T) item) => entries.Add(item.Item1, item.Item2);

        public void Add(KeyValuePair<string, T> item) => entries.Add(item.Key, item.Value);

        public void Insert(int index, (string, T) item) => entries.Insert(index, item.Item1, item.Item2);

        public bool Remove(string key) => entries.Remove(key);

        public bool Remove((string, T) item) => Contains(item) && entries.Remove(item.Item1);

        public bool Remove(KeyValuePair<string, T> item) => Remove((item.Key, item.Value));

        public void RemoveAt(int index) => entries.RemoveAt(index);

        public void clear() => entries.Clear();

        public void Clear() => entries.Clear();

        public bool ContainsKey(string key) => entries.ContainsKey(key);

        public bool Contains((string, T) item) => entries.TryGetValue(item.Item1, out var value) && ReferenceEquals(value, item.Item2);

        public bool Contains(KeyValuePair<string, T> item) => Contains((item.Key, item.Value));

        public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value) => entries.TryGetValue(key, out value);

        public int IndexOf((string, T) item) => Contains(item) ? entries.IndexOf(item.Item1) : -1;

        public void CopyTo((string, T)[] array, int arrayIndex) => entries.Select(Pair).ToArray().CopyTo(array, arrayIndex);

        public void CopyTo(KeyValuePair<string, T>[] array, int arrayIndex) =>
            ((ICollection<KeyValuePair<string, T>>)entries).CopyTo(array, arrayIndex);

        public IEnumerator<(string, T)> GetEnumerator() => entries.Select(Pair).GetEnumerator();

        IEnumerator<KeyValuePair<string, T>> IEnumerable<KeyValuePair<string, T>>.GetEnumerator() => entries.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        protected override void RegisterComponents()
        {
            if (registered) return;
            foreach (var (key, module) in entries) register_module(key, module);
            registered = true;
        }

        private static (string, T) Pair(KeyValuePair<string, T> entry) => (entry.Key, entry.Value);
    }
}

namespace TorchSharp
{
    using Modules;

    public static partial class torch
    {
        public static partial class nn
        {
            public static ModuleDict<Module> ModuleDict(params (string, Module)[] modules) => ModuleDict<Module>(modules);

            public static ModuleDict<T> ModuleDict<T>(params (string, T)[] modules) where T : Module
            {
                var result = new ModuleDict<T>();
                foreach (var module in modules) result.Add(module);
                return result;
            }
        }
    }
}
