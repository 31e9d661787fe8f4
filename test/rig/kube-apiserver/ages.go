package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
)

// age moves the times that the API server itself stamps on an object. A client cannot set them, and without them
// every object of a freshly filled server is seconds old.
type age struct {
	Key     string    `json:"key"`     // in etcd: /registry/pods/NAMESPACE/NAME
	Created time.Time `json:"created"` // metadata.creationTimestamp
	Changed time.Time `json:"changed"` // metadata.managedFields[].time; zero: the creation
}

// serveAges answers POST / with a JSON array of ages on a unix socket that only this user can open.
func serveAges(socket string, kv clientv3.KV) error {
	l, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var ages []age
			if err := json.NewDecoder(r.Body).Decode(&ages); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			for _, a := range ages {
				if err := a.apply(r.Context(), kv); err != nil {
					http.Error(w, fmt.Sprintf("%s: %v", a.Key, err), http.StatusUnprocessableEntity)
					return
				}
			}
			w.WriteHeader(http.StatusNoContent)
		}))
	}()
	return nil
}

// apply rewrites one stored object in the encoding it has: protobuf for built-in kinds, JSON for custom resources.
func (a age) apply(ctx context.Context, kv clientv3.KV) error {
	got, err := kv.Get(ctx, a.Key)
	if err != nil {
		return err
	}
	if len(got.Kvs) == 0 {
		return fmt.Errorf("no such key")
	}
	stored := got.Kvs[0].Value
	var codec runtime.Serializer = unstructured.UnstructuredJSONScheme
	if bytes.HasPrefix(stored, []byte("k8s\x00")) {
		codec = protobuf.NewSerializer(legacyscheme.Scheme, legacyscheme.Scheme)
	}
	obj, gvk, err := codec.Decode(stored, nil, nil)
	if err != nil {
		return err
	}
	obj.GetObjectKind().SetGroupVersionKind(*gvk)
	m, err := meta.Accessor(obj)
	if err != nil {
		return err
	}
	changed := a.Changed
	if changed.IsZero() {
		changed = a.Created
	}
	fields := m.GetManagedFields()
	for i := range fields {
		t := metav1.NewTime(changed)
		fields[i].Time = &t
	}
	m.SetManagedFields(fields)
	m.SetCreationTimestamp(metav1.NewTime(a.Created))
	var out bytes.Buffer
	if err := codec.Encode(obj, &out); err != nil {
		return err
	}
	_, err = kv.Put(ctx, a.Key, out.String())
	return err
}
